"""Rights that go together: what a role may do is made of these, in `unionhub.roles`."""


def rights(app: str, **verbs_by_model: str) -> set[str]:
    """`rights("members", person="view add")` → {"members.view_person", "members.add_person"}."""
    return {
        f"{app}.{verb}_{model}" for model, verbs in verbs_by_model.items() for verb in verbs.split()
    }


LOOK = rights("core", organisation="view", department="view", calendarday="view")
# The pages of imports: with the permission of a sheet they are its way in.
SHEETS = rights("core", sheetimport="view", sheetmapping="view add change delete")
# One's own jobs everybody sees without a right.
JOBS = SHEETS | rights("core", job="view change")
KEEP_CALENDAR = rights("core", calendarday="add change")  # counts at the municipal federation only
SEE_PUBLICITY = rights("core", publicity="view")
WITHDRAW_PUBLICITY = SEE_PUBLICITY | rights("core", publicity="withdraw")
INVESTIGATE = rights("core", objection="view investigate reveal")
DECIDE_OBJECTIONS = rights("core", objection="view decide")
FIGURES = rights("core", indicator="view", indicatordefinition="view", manualfigure="view")
READ_REPORTS = rights("reports", reportrun="view", figure="view")
# The rows behind figures of aid and of money, masked; the files and books themselves stay closed.
OPEN_FIGURES = (
    rights("hardship", figure="open")
    | rights("funds", figure="open")
    | rights("honours", figure="open")
    | rights("competitions", figure="open")
)
MAKE_REPORTS = READ_REPORTS | rights(
    "reports", reportrun="add check", reportdefinition="view", chapter="view"
)
EDIT_REPORTS = MAKE_REPORTS | rights(
    "reports", reportrun="sign", reportdefinition="add change", chapter="add change"
)
REGISTER = rights(
    "members",
    employer="view",
    coverage="view",
    unionprofile="view",
    person="view",
    membership="view",
    transfer="view",
    post="view",
    mechanism="view",
    headcountreport="view",
)
KEEP_REGISTER = REGISTER | rights(
    "members",
    employer="add change reveal",
    coverage="add change",
    unionprofile="add change reveal",
    person="add change reveal merge",
    duplicatecandidate="view change",
    merge="view",
    membership="add change transfer import export",
    post="add change",
    mechanism="add change",
    headcountreport="add change",
)
KEEP_OWN_ROSTER = REGISTER | rights(
    "members",
    person="change",  # of the members of the own union, by form or by roster
    membership="add change transfer import export",
    headcountreport="add change",
)
SEE_MONEY = LOOK | rights(
    "funds",
    figure="open",
    pool="view",
    payable="view",
    paymentbatch="view",
    payment="view",
    banklayout="view",
    account="view",
    journalentry="view",
    collectionbatch="view",
    collectionline="view",
    distribution="view",
    allocation="view",
    splitrule="view",
    specialpayer="view",
    supportmeasure="view",
    bankarrival="view",
    wagedeclaration="view",
    payeralias="view",
    fundentry="view",
    budgetline="view",
    fiscaltransfer="view",
    auditfinding="view",
    sizereturn="view",
    rebatescheme="view",
    rebate="view",
)
# What is due to unions, returned and still owed, and what was adjusted.
SEE_RETURNS = rights("funds", due="view", **{"return": "view"}, adjustment="view")
# Households in need: nobody who has no part in their road sees a file.
SEE_FILES = rights(
    "hardship",
    figure="open",
    household="view",
    case="view",
    familymember="view",
    income="view",
    expense="view",
    evidence="view",
    visit="view",
    datacheck="view",
    vetoanswer="view",
    recognition="view",
    review="view",
    alert="view",
    pairing="view",
    grant="view",
)
WRITE_FILES = SEE_FILES | rights("hardship", case="add change", visit="add")
# What visits, answers, re-checks and alerts told in confidence, for those who decide on it.
REVEAL_FOUND = rights(
    "hardship", visit="reveal", datacheck="reveal", review="reveal", alert="reveal"
)
READ_HARDSHIP_RULES = rights(
    "hardship",
    standard="view",
    tierrule="view",
    vetorule="view",
    procedure="view",
    grantcap="view",
)
# The federation's side of a third-party evaluation; the evaluator himself sees no file.
SEE_EVALUATION = rights("hardship", evaluationsample="view", sampleitem="view")
EVALUATE = rights("hardship", evaluationtask="view", evaluatedhousehold="view judge")
KEEP_HARDSHIP_RULES = READ_HARDSHIP_RULES | rights(
    "hardship",
    standard="add change",
    tierrule="add change",
    vetorule="add change",
    procedure="add change",
    grantcap="add change",
)
# Titles and who holds them.
SEE_HONOURS = rights(
    "honours",
    figure="open",
    title="view",
    award="view",
    holder="view",
    confirmation="view",
    allowancerule="view",
    carerule="view",
    allowance="view",
    care="view",
    revocation="view",
)
KEEP_HONOURS = SEE_HONOURS | rights(
    "honours",
    award="add change export",
    holder="add change confirm reveal",
    allowance="add",
    care="add change",
    revocation="add",
)
# Selections: their places, candidates with what supports them, and the documents that bind them.
SEE_SELECTIONS = rights(
    "honours",
    selection="view",
    quota="view",
    nomination="view",
    nominationpaper="view",
    recommendation="view",
    opinion="view",
    ratioconstraint="view",
    opinionrule="view",
    exclusionrule="view",
)
PROPOSE = rights(
    "honours",
    nomination="view add change",
    nominationpaper="view",
    recommendation="view",
)
# Studios, pairs of masters and apprentices, homes of employees.
SEE_HOMES = rights(
    "honours",
    studio="view",
    studiomember="view",
    studioproject="view",
    studioresult="view",
    apprenticeship="view",
    homerating="view",
)
WRITE_HOMES = SEE_HOMES | rights(
    "honours",
    title="view",
    award="view",  # who may lead a studio
    studio="add change",
    apprenticeship="add change",
    homerating="add change",
)
LOOK_AFTER_HOMES = SEE_HOMES | rights(
    "honours",
    studiogrant="view",
    studiorule="view",
    studiograntrule="view",
    homerule="view",
    inspection="view",
)
# Competitions, and who entered them.
SEE_COMPETITIONS = rights(
    "competitions",
    figure="open",
    programme="view",
    competition="view",
    event="view",
    stage="view",
    entry="view",
    contestant="view",
    participationreport="view",
    participation="view",
    sizerule="view",
    trainingbase="view",
    training="view",
    trainee="view",
    skillcertificate="view",
    innovation="view",
    champion="view",
)
# What a union hands in: entries, heads, innovations.
TAKE_PART = rights(
    "competitions",
    entry="view add change export",
    contestant="view",
    participationreport="view add change export",
    participation="view",
    innovation="view add change export",
)

# Who scored whom, what came out, who was given what. Judges see none of it but their own seats.
SEE_RESULTS = rights(
    "competitions",
    scorepart="view",
    panel="view",
    judge="view",
    blindcode="view",
    recusal="view",
    scoresheet="view",
    prizerule="view",
    result="view",
    teamprize="view",
    appeal="view",
    disqualification="view",
    certificatebatch="view",
    certificate="view",
)
KEEP_RESULTS = SEE_RESULTS | rights(
    "competitions",
    scorepart="add change",
    panel="add announce export",
    judge="add change",
    blindcode="change",
    recusal="add",
    scoresheet="change correct",
    teamprize="add",
    result="pay",
    disqualification="add",
    certificate="print",
)
DECIDE_RESULTS = SEE_RESULTS | rights(
    "competitions",
    scoresheet="approve",
    appeal="answer",
    disqualification="decide",
    prizerule="add change",
    certificate="revoke",
    result="reveal",
)
# What a union sees of its own results and does with them.
OWN_RESULTS = rights(
    "competitions", result="view nominate claim", appeal="view add", certificate="view"
)
