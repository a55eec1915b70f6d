"""The table of roles: what each one may do, over all apps."""

from core.roles import Role, RoleTable
from unionhub.rights import (
    DECIDE_OBJECTIONS,
    DECIDE_RESULTS,
    EDIT_REPORTS,
    EVALUATE,
    FIGURES,
    INVESTIGATE,
    JOBS,
    KEEP_CALENDAR,
    KEEP_HARDSHIP_RULES,
    KEEP_HONOURS,
    KEEP_OWN_ROSTER,
    KEEP_REGISTER,
    KEEP_RESULTS,
    LOOK,
    LOOK_AFTER_HOMES,
    MAKE_REPORTS,
    OPEN_FIGURES,
    OWN_RESULTS,
    PROPOSE,
    READ_HARDSHIP_RULES,
    READ_REPORTS,
    REGISTER,
    REVEAL_FOUND,
    SEE_COMPETITIONS,
    SEE_EVALUATION,
    SEE_FILES,
    SEE_HONOURS,
    SEE_MONEY,
    SEE_PUBLICITY,
    SEE_RETURNS,
    SEE_SELECTIONS,
    SHEETS,
    TAKE_PART,
    WITHDRAW_PUBLICITY,
    WRITE_FILES,
    WRITE_HOMES,
    rights,
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
            LOOK | SHEETS | SEE_COMPETITIONS | KEEP_RESULTS | WITHDRAW_PUBLICITY | INVESTIGATE,
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
            LOOK | SHEETS | SEE_COMPETITIONS | DECIDE_RESULTS | SEE_PUBLICITY | DECIDE_OBJECTIONS,
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
