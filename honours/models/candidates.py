"""How candidates are described: what constraints, opinions and exclusions ask for."""

from django.db import models


class Category(models.TextChoices):
    """人员类别: what a candidate is on the list for, one each."""

    INDUSTRIAL = "industrial", "产业工人"
    FRONT_LINE = "front_line", "其他一线职工和专业技术人员"
    SCIENCE = "science", "科教人员"
    MIGRANT = "migrant", "农民工"
    FARMER = "farmer", "农民"
    COMMUNITY = "community", "社区工作者"
    HEAD = "head", "企业负责人"
    ORGAN = "organ", "机关事业单位人员"


class Group(models.TextChoices):
    """集体类别: the same of a collective."""

    TEAM = "team", "班组、科室"
    WORKSHOP = "workshop", "车间、工段"
    ENTERPRISE = "enterprise", "企业"
    INSTITUTION = "institution", "机关事业单位"


class Flag(models.TextChoices):
    """What further holds of a candidate, any number of them."""

    MIGRANT_WORKER = "migrant_worker", "农民工身份"
    MINORITY = "minority", "少数民族"
    PARTY = "party", "中共党员"
    NON_PUBLIC = "non_public", "非公有制单位"
    KEY_INDUSTRY = "key_industry", "重点产业"
    COUNTY_CADRE = "county_cadre", "县处级干部"
    STATE_HEAD = "state_head", "国有企业负责人"
    PRIVATE_OWNER = "private_owner", "民营企业出资人"


WOMEN = "women"  # said by the register
CATEGORIES = [*Category.choices, *Group.choices]
TAGS = [*CATEGORIES, *Flag.choices, (WOMEN, "女性")]
LABELS = dict(TAGS)


def named(tags: list[str]) -> str:
    """Tags in words, in the order of the table."""
    return "、".join(label for tag, label in TAGS if tag in tags)


class Circumstance(models.TextChoices):
    """What may keep a candidate off the list; `ExclusionRule` says what does, and where."""

    HELD = "held", "已获同级或更高荣誉"
    BUREAU = "bureau", "副厅（局）级及以上干部"
    MILITARY = "military", "现役军人"
    FOREIGN = "foreign", "外国籍人员"
    RETIRED = "retired", "已办理退休"
    DISCIPLINE = "discipline", "受过党纪政务处分或刑事处罚"
    WAGES = "wages", "拖欠职工工资、欠缴社会保险费"
    SAFETY = "safety", "发生生产安全责任事故"
    ECOLOGY = "ecology", "有环境违法记录"
    TAX = "tax", "有欠税、偷逃税记录"
    COURT = "court", "列入失信被执行人"


# What the register itself says; nobody is asked.
KNOWN = frozenset({Circumstance.HELD, Circumstance.FOREIGN})


class Department(models.TextChoices):
    """征求意见的部门."""

    POLICE = "police", "公安"
    DISCIPLINE = "discipline", "纪检监察"
    HEALTH = "health", "卫生健康"
    MARKET = "market", "市场监管"
    TAXATION = "taxation", "税务"
    LABOUR = "labour", "人社"
    SAFETY = "safety", "应急管理"
    ECOLOGY = "ecology", "生态环境"
    INSURANCE = "insurance", "医疗保障"
    HOUSING = "housing", "住房公积金"
    COURT = "court", "法院"
    AUDIT = "audit", "审计"
    UNITED_FRONT = "united_front", "统战"
    COMMERCE = "commerce", "工商联"
    ETHNIC = "ethnic", "民族宗教"
