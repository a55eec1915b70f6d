"""The table of roles: what each one may do, over all apps."""

from core.roles import Role, RoleTable


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
    certificate="print",
)
DECIDE_RESULTS = SEE_RESULTS | rights(
    "competitions",
    scoresheet="approve",
    appeal="answer",
    prizerule="add change",
    certificate="revoke",
    result="reveal",
)
# What a union sees of its own results and does with them.
OWN_RESULTS = rights(
    "competitions", result="view nominate claim", appeal="view add", certificate="view"
)


def role(code: str, label: str, *permissions: set[str], **options: object) -> Role:
    return Role(code, label, frozenset().union(*permissions), **options)


ROLES = RoleTable(
    [
        # The three administrators (三员): accounts, grants, trail. Nobody holds two.
        role(
            "system_admin",
            "系统管理员",
            LOOK,
            rights("core", user="view add change", department="add change"),
            door="admin",
            separated=True,
        ),
        role(
            "security_admin",
            "安全管理员",
            LOOK,
            rights(
                "core",
                user="view",
                assignment="view add change",
                machinekey="view add change",
                declaredkin="view",
            ),
            door="admin",
            separated=True,
        ),
        role(
            "auditor",
            "审计管理员",
            rights("core", auditevent="view", auditblock="view"),
            door="admin",
            separated=True,
        ),
        role(
            "clerk",
            "经办人员",
            LOOK | JOBS | KEEP_CALENDAR | FIGURES | KEEP_REGISTER | MAKE_REPORTS,
            rights("core", organisation="add change", manualfigure="add change", storedfile="view"),
            door="admin",
        ),
        role(
            "head",
            "科室负责人",
            LOOK | JOBS | KEEP_CALENDAR | SEE_PUBLICITY | FIGURES | KEEP_REGISTER | EDIT_REPORTS,
            OPEN_FIGURES | rights("funds", due="view"),
            rights(
                "core",
                organisation="add change move",
                storedfile="view",
                indicatordefinition="add change",
                manualfigure="add change sign_off",
            ),
            rights("members", headcountreport="accept", merge="undo"),
            door="admin",
        ),
        role(
            "leader",
            "领导",
            LOOK | FIGURES | REGISTER | READ_REPORTS | OPEN_FIGURES | rights("core", job="view"),
            rights("funds", due="view"),  # what unions are owed, as figures
        ),
        role(
            "chair",
            "基层工会主席",
            LOOK
            | JOBS
            | FIGURES
            | KEEP_OWN_ROSTER
            | WRITE_FILES
            | PROPOSE
            | WRITE_HOMES
            | TAKE_PART
            | OWN_RESULTS,
            rights(
                "honours",
                holder="view confirm",
                studioresult="export",
                apprenticeship="export",
            ),
            rights(
                "funds",
                collectionline="view",
                allocation="view",
                due="view",
                rebate="view add change",
                **{"return": "view"},
            ),
        ),
        role(
            "committee",
            "基层工会委员",
            LOOK | SHEETS | SEE_FILES | rights("hardship", case="check", visit="add"),
        ),
        # The road of a hardship file, one duty each.
        role(
            "town_reviewer",
            "街道审核",
            LOOK | SEE_PUBLICITY | SEE_FILES | rights("hardship", case="endorse"),
            door="admin",
        ),
        role(
            "aid_clerk",
            "帮扶经办",
            LOOK | SHEETS | WITHDRAW_PUBLICITY | INVESTIGATE | WRITE_FILES | READ_HARDSHIP_RULES,
            SEE_EVALUATION,
            rights(
                "hardship",
                sampleitem="settle",
                case="watch",
                alert="reveal",
                pairing="add change",
                grant="add change",
            ),
            door="admin",
        ),
        role(
            "aid_reviewer",
            "帮扶复核",
            LOOK | SHEETS | SEE_PUBLICITY | INVESTIGATE | SEE_FILES | READ_HARDSHIP_RULES,
            SEE_EVALUATION | REVEAL_FOUND,
            rights(
                "hardship", case="review reveal export", familymember="reveal", vetoanswer="except"
            ),
            door="admin",
        ),
        role(
            "aid_approver",
            "帮扶审批",
            LOOK | SHEETS | SEE_PUBLICITY | DECIDE_OBJECTIONS | SEE_FILES | KEEP_HARDSHIP_RULES,
            SEE_EVALUATION | REVEAL_FOUND,
            READ_REPORTS,
            rights(
                "hardship",
                case="approve reveal export takeover",
                familymember="reveal",
                grant="approve",
                evaluationsample="add close",
            ),
            rights("funds", pool="view", payable="add"),  # what an approved grant is paid from
            door="admin",
        ),
        role(
            "data_checker",
            "数据比对",
            LOOK | SHEETS | SEE_PUBLICITY | SEE_FILES,
            rights("hardship", case="compare", datacheck="reveal export"),
            door="admin",
        ),
        # Held by accounts of programs; what a key sees of it is what its authority was asked.
        role("data_partner", "比对接口", rights("hardship", datacheck="view change")),
        role("evaluator", "第三方评估", LOOK | EVALUATE, door="admin"),
        # The road of money: who makes, who checks, who approves, who hands it to the bank.
        role(
            "finance_maker",
            "经费经办",
            SEE_MONEY | SEE_RETURNS | SHEETS,
            rights(
                "funds",
                pool="add change",
                payable="add change reveal",
                paymentbatch="add change settle",
                bankresult="view add change export",
                collectionbatch="add change",
                collectionline="add export match",
                bankarrival="add change export",
                wagedeclaration="add change export",
                **{"return": "add"},
                due="export",
                adjustment="add change",
                fundentry="add change export",
                budgetline="add change export",
                fiscaltransfer="add change export",
                auditfinding="report",
                sizereturn="add change export",
                rebate="add change",
            ),
            door="admin",
        ),
        role(
            "finance_checker",
            "经费复核",
            SEE_MONEY | SEE_RETURNS,
            rights(
                "funds",
                payable="reveal",
                payment="reveal",
                paymentbatch="check settle",
                bankresult="view",
                collectionbatch="check",
                rebate="check",
            ),
            door="admin",
        ),
        role(
            "finance_approver",
            "经费审批",
            SEE_MONEY | SEE_RETURNS,
            rights(
                "funds",
                paymentbatch="approve",
                collectionbatch="distribute",
                adjustment="approve",
                budgetline="adjust",
                banklayout="add change",
                account="add change",
                splitrule="add change",
                specialpayer="add change",
                supportmeasure="add change",
                rebatescheme="add change",
                rebate="approve",
            ),
            door="admin",
        ),
        # Held by the program of the tax agency: it hands over batches and sees how they stand.
        role(
            "tax_partner",
            "税务接口",
            rights("funds", collectionbatch="view add", collectionline="add"),
        ),
        # 经审: what the committee that audits a union's funds found; the books stay closed.
        role(
            "funds_auditor",
            "经费审查",
            LOOK | SHEETS,
            rights("funds", auditfinding="view add change audit export"),
            door="admin",
        ),
        # The road of an honour: who keeps titles and lists, who reviews, who decides.
        role(
            "honours_clerk",
            "荣誉经办",
            LOOK | SHEETS | WITHDRAW_PUBLICITY | INVESTIGATE,
            KEEP_HONOURS | SEE_SELECTIONS | LOOK_AFTER_HOMES,
            rights(
                "honours",
                selection="add change export",
                quota="hand",
                nomination="examine handle drop",
                studio="change check assess",
                studioresult="export",
                studiogrant="add change",
                apprenticeship="add change accept export",
                homerating="accept",
                inspection="add change",
            ),
            rights("funds", pool="view"),  # out of which an allowance is to be paid
            door="admin",
        ),
        role(
            "honours_reviewer",
            "荣誉复核",
            LOOK | SHEETS | SEE_PUBLICITY | INVESTIGATE,
            SEE_HONOURS | SEE_SELECTIONS | LOOK_AFTER_HOMES,
            rights(
                "honours",
                award="export",
                holder="reveal",
                allowance="check",
                revocation="review reveal",
                selection="review export",
                nomination="review",
                studio="evaluate",
            ),
            door="admin",
        ),
        role(
            "honours_approver",
            "荣誉审定",
            LOOK | SHEETS | SEE_PUBLICITY | DECIDE_OBJECTIONS,
            SEE_HONOURS | SEE_SELECTIONS | LOOK_AFTER_HOMES,
            rights(
                "honours",
                title="add change",
                award="add",
                allowancerule="add change",
                carerule="add change",
                allowance="approve",
                revocation="decide reveal",
                selection="approve export",
                ratioconstraint="add change",
                opinionrule="add change",
                exclusionrule="add change",
                studio="approve export",
                studiogrant="approve",
                inspection="decide",
                studiorule="add change",
                studiograntrule="add change",
                homerule="add change",
            ),
            rights("funds", pool="view", payable="add"),  # what an approved one is paid from
            door="admin",
        ),
        # The road of a competition: who runs it, who approves plan and results, who judges.
        role(
            "competitions_clerk",
            "竞赛经办",
            LOOK | SHEETS | SEE_COMPETITIONS | KEEP_RESULTS,
            rights("members", employer="view"),  # a judge keeps away from those of his own
            rights("funds", pool="view", payable="add"),  # what prize money is paid from
            rights(
                "competitions",
                programme="add change",
                competition="add change export",
                event="add change",
                stage="add change",
                champion="add change",
                entry="accept export",
                participationreport="accept export",
                trainingbase="add change export",
                training="add change export",
                trainee="add export",
                skillcertificate="add change export reveal",
                innovation="adopt export",
            ),
            door="admin",
        ),
        role(
            "competitions_approver",
            "竞赛审批",
            LOOK | SHEETS | SEE_COMPETITIONS | DECIDE_RESULTS,
            rights("honours", title="view", award="view add"),  # titles go into the register
            rights(
                "competitions",
                competition="approve takeover export",
                sizerule="add change",
                innovation="select",
            ),
            door="admin",
        ),
        role("judge", "裁判", LOOK, rights("competitions", ownseat="view score")),
        role(
            "finance_payer",
            "经费出纳",
            SEE_MONEY | SEE_RETURNS,
            rights("funds", paymentbatch="pay"),
            door="admin",
        ),
    ]
)
