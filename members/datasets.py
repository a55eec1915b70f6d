"""What of the register may be counted: which rows, by which dates, in which dimensions."""

import datetime

from core.indicators import Dataset, Dimension, Flow, Measure, Stock, Unit, register
from core.models import Organisation
from members.models import (
    Coverage,
    Employer,
    HeadcountReport,
    Mechanism,
    Membership,
    Post,
)

LEVEL = Dimension("组织层级", "organisation__level")
UNION_KIND = Dimension("工会类型", "organisation__profile__kind")
SECTOR = Dimension("所属领域", "organisation__profile__sector")


def year_range(first: int, last: int) -> tuple[datetime.date, datetime.date]:
    return datetime.date(first, 1, 1), datetime.date(last, 12, 31)


memberships = Dataset(
    "members.memberships",
    "会籍",
    Membership,
    dates={
        "in_force": Stock("在会", "joined_on", "left_on"),
        "joined": Flow("入会", "joined_on"),
        "left": Flow("离会", "left_on"),
    },
    dimensions={
        "sex": Dimension("性别", "person__sex"),
        "group": Dimension("从业群体", "worker_group"),
        "migrant": Dimension("农民工", "is_migrant_worker"),
        "entry": Dimension("入会方式", "entry"),
        "leave_reason": Dimension("离会原因", "leave_reason"),
        "employment": Dimension("用工形式", "employment"),
        "status": Dimension("就业状况", "status"),
        "kept": Dimension("保留会籍起始日", "kept_since"),
        "phone": Dimension("手机号登记", "person__phone_index"),
        "political_status": Dimension("政治面貌", "person__political_status"),
        "education": Dimension("学历", "person__education"),
        "skill_grade": Dimension("职业技能等级", "person__skill_grade"),
        "age": Dimension(
            "出生年代",
            "person__birth_date",
            buckets={
                "before_1960": ("1959年及以前", None, datetime.date(1959, 12, 31)),
                "1960s": ("六十年代", *year_range(1960, 1969)),
                "1970s": ("七十年代", *year_range(1970, 1979)),
                "1980s": ("八十年代", *year_range(1980, 1989)),
                "1990s": ("九十年代", *year_range(1990, 1999)),
                "2000s": ("2000年及以后", datetime.date(2000, 1, 1), None),
            },
        ),
        "level": LEVEL,
        "union_kind": UNION_KIND,
        "sector": SECTOR,
        "ownership": Dimension("单位性质", "employer__ownership"),
    },
    measures={
        # On any day a person has one membership, so in stocks rows are persons and add up.
        "members": Measure("会员", Unit.PERSON),
        # In a period one person may join, leave and join again.
        "persons": Measure("人员（去重）", Unit.PERSON, distinct="person"),
        "groups": Measure("从业群体数", Unit.GROUP, distinct="worker_group"),
    },
    columns=(
        ("姓名", lambda row: row.person.masked_label),
        ("证件号码", lambda row: str(row.person.certificate_number)),
        ("所属工会", "organisation__name"),
        ("从业群体", lambda row: row.get_worker_group_display()),
        ("入会日期", "joined_on"),
        ("入会方式", lambda row: row.get_entry_display()),
        ("离会日期", "left_on"),
    ),
    rows=lambda: Membership.objects.counted().select_related("person", "organisation"),
)

unions = Dataset(
    "members.unions",
    "工会组织",
    Organisation,
    organisation="",
    dates={
        "in_force": Stock("存续", "established_on", "closed_on"),
        "established": Flow("新建", "established_on"),
        "closed": Flow("撤销", "closed_on"),
    },
    dimensions={
        "level": Dimension("组织层级", "level"),
        "kind": Dimension("工会类型", "profile__kind"),
        "sector": Dimension("所属领域", "profile__sector"),
        "union_code": Dimension("法人登记", "profile__union_code"),
        "term_until": Dimension("本届截止日", "profile__term_until"),
    },
    measures={
        "organisations": Measure("工会组织", Unit.ORGANISATION),
        "sectors": Measure("领域数", Unit.SECTOR, distinct="profile__sector"),
    },
    columns=(
        ("组织编码", "code"),
        ("工会全称", "name"),
        ("组织层级", lambda row: row.get_level_display()),
        ("建会日期", "established_on"),
        ("撤销日期", "closed_on"),
    ),
)

coverages = Dataset(
    "members.coverages",
    "建会覆盖",
    Coverage,
    dates={"in_force": Stock("在覆盖", "since", "until"), "covered": Flow("覆盖", "since")},
    dimensions={
        "ownership": Dimension("单位性质", "employer__ownership"),
        "industry": Dimension("所属行业", "employer__industry"),
        "size": Dimension("规模", "employer__size"),
        "employees": Dimension("职工人数", "employer__employees"),
        "union_kind": UNION_KIND,
        "sector": SECTOR,
    },
    measures={"employers": Measure("用人单位", Unit.EMPLOYER, distinct="employer")},
    columns=(
        ("单位名称", "employer__name"),
        ("统一社会信用代码", "employer__credit_code"),
        ("工会", "organisation__name"),
        ("建会（覆盖）日期", "since"),
        ("终止日", "until"),
    ),
    rows=lambda: Coverage.objects.select_related("employer", "organisation"),
)

# The same, but each employer in the territory that answers for it: for rates over all employers.
covered_employers = Dataset(
    "members.covered_employers",
    "已建会的用人单位",
    Coverage,
    organisation="employer__organisation",
    dates=coverages.dates,
    dimensions=coverages.dimensions,
    measures=coverages.measures,
    columns=coverages.columns,
    rows=coverages.rows,
)

foundings = Dataset(
    "members.foundings",
    "新建会单位",
    Coverage,
    dates={"unionised": Flow("建会", "since")},
    dimensions=coverages.dimensions,
    measures={"employers": Measure("用人单位", Unit.EMPLOYER)},
    columns=coverages.columns,
    rows=lambda: Coverage.objects.unionised().select_related("employer", "organisation"),
)

employers = Dataset(
    "members.employers",
    "用人单位",
    Employer,
    dates={"in_force": Stock("存续", "opened_on", "closed_on")},
    dimensions={
        "ownership": Dimension("单位性质", "ownership"),
        "industry": Dimension("所属行业", "industry"),
        "size": Dimension("规模", "size"),
        "employees": Dimension("职工人数", "employees"),
        "above_scale": Dimension("规模以上", "is_above_scale"),
        "platform": Dimension("平台企业", "is_platform"),
    },
    measures={"employers": Measure("用人单位", Unit.EMPLOYER)},
    columns=(
        ("单位名称", "name"),
        ("统一社会信用代码", "credit_code"),
        ("主管工会", "organisation__name"),
        ("单位性质", lambda row: row.get_ownership_display()),
        ("职工人数（人）", "employees"),
    ),
    rows=lambda: Employer.objects.select_related("organisation"),
)

mechanisms = Dataset(
    "members.mechanisms",
    "制度机制",
    Mechanism,
    dates={"in_force": Stock("实行", "since", "until"), "held": Flow("建立（举行）", "since")},
    dimensions={"kind": Dimension("种类", "kind"), "level": LEVEL, "union_kind": UNION_KIND},
    measures={
        "organisations": Measure("工会组织", Unit.ORGANISATION, distinct="organisation"),
        "events": Measure("次数", Unit.TIME),
    },
    columns=(
        ("工会", "organisation__name"),
        ("种类", lambda row: row.get_kind_display()),
        ("建立（举行）日期", "since"),
        ("终止日", "until"),
        ("文号", "document"),
    ),
    rows=lambda: Mechanism.objects.select_related("organisation"),
)

posts = Dataset(
    "members.posts",
    "任职",
    Post,
    dates={"in_force": Stock("在任", "since", "until"), "appointed": Flow("任职", "since")},
    dimensions={
        "kind": Dimension("职务", "kind"),
        "full_time": Dimension("专职", "is_full_time"),
        "level": LEVEL,
    },
    measures={"posts": Measure("任职人员", Unit.PERSON)},
    columns=(
        ("姓名", lambda row: row.masked_holder),
        ("职务", lambda row: row.get_kind_display()),
        ("工会", "organisation__name"),
        ("任职日", "since"),
        ("离任日", "until"),
    ),
    rows=lambda: Post.objects.select_related("organisation"),
)

headcounts = Dataset(
    "members.headcounts",
    "基层工会年报（已审定）",
    HeadcountReport,
    dates={"reported": Flow("报告期", "as_of")},
    dimensions={
        "level": LEVEL,
        "union_kind": UNION_KIND,
        "employers": Dimension("覆盖单位数", "employers"),
        "employees": Dimension("职工总数", "employees"),
        "cadres_full_time": Dimension("专职工会干部", "cadres_full_time"),
    },
    measures={
        "organisations": Measure("工会组织", Unit.ORGANISATION, distinct="organisation"),
    },
    columns=(
        ("工会", "organisation__name"),
        ("年度", "year"),
        ("覆盖单位数（家）", "employers"),
        ("职工总数（人）", "employees"),
        ("会员总数（人）", "members"),
        ("专职工会干部（人）", "cadres_full_time"),
    ),
    rows=lambda: HeadcountReport.objects.filter(
        state=HeadcountReport.State.ACCEPTED
    ).select_related("organisation"),
)

register(
    memberships,
    unions,
    employers,
    coverages,
    covered_employers,
    foundings,
    mechanisms,
    posts,
    headcounts,
)
