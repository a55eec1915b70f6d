"""The shipped figures of the register, as data over its datasets.

Sources are named by what they are: the yearly work report of a municipal federation, the work plan
of the year, the yearly statistical return of grassroots unions.
"""

from core.indicators import Difference, Indicator, Manual, Ratio, Unit, register
from core.models import Organisation
from members.models import Mechanism, Membership, Person, Post, UnionProfile
from members.rules import committees, groups

REPORT = "全委会年度工作报告"
PLAN = "年度工作要点"
RETURN = "基层工会年度统计"

JOINING = (Membership.Entry.NEW.value, Membership.Entry.REJOIN.value)
LEAVING = tuple(
    reason.value for reason in Membership.LeaveReason if reason != Membership.LeaveReason.TRANSFER
)
EIGHT_GROUPS = tuple(sorted(groups.EIGHT_GROUPS))
NEW_FORM_GROUPS = tuple(sorted(groups.NEW_FORM_GROUPS))
ENTERPRISES = tuple(sorted(groups.ENTERPRISE_OWNERSHIPS))
SECTORS = tuple(UnionProfile.Sector.values)
GRASSROOTS = Organisation.Level.GRASSROOTS.value
DISTRICT = Organisation.Level.DISTRICT.value
TOWN = Organisation.Level.TOWN.value
FEMALE = Person.Sex.FEMALE.value


def members(code: str, label: str, source: str = REPORT, **filters: object) -> Indicator:
    """Members on the last day of the period (存量，人)."""
    return Indicator(
        f"members.{code}",
        label,
        source=source,
        dataset="members.memberships",
        measure="members",
        date="in_force",
        filters=filters,
    )


def joined(code: str, label: str, source: str = REPORT, **filters: object) -> Indicator:
    """Distinct persons who joined or re-joined in the period (流量，人); no transfers."""
    return Indicator(
        f"members.{code}",
        label,
        source=source,
        dataset="members.memberships",
        measure="persons",
        date="joined",
        filters={"entry": JOINING, **filters},
    )


def moved(code: str, label: str, date: str, **filters: object) -> Indicator:
    """Memberships that began or ended in the period: stock and flow must balance."""
    return Indicator(
        f"members.{code}",
        label,
        source=RETURN,
        dataset="members.memberships",
        measure="members",
        date=date,
        filters=filters,
    )


register(
    members("total", "会员总数"),
    members("women", "女会员数", sex=FEMALE),
    members("migrant", "农民工会员数", migrant=True),
    members("eight_groups_total", "八大群体会员数", group=EIGHT_GROUPS),
    members("new_form_total", "新就业形态会员数", group=NEW_FORM_GROUPS),
    members("with_phone", "登记手机号的会员数", RETURN, phone__isnull=False),
    Ratio(
        "members.real_name_rate",
        "会员实名率",
        source=RETURN,
        numerator="members.with_phone",
        denominator="members.total",
    ),
    joined("joined_persons", "新发展会员数"),
    joined("joined_women", "新发展女会员数", sex=FEMALE),
    joined("joined_migrant", "新发展农民工会员数", migrant=True),
    joined("joined_eight_groups", "八大群体入会数", group=EIGHT_GROUPS),
    joined("joined_new_form_workers", "新就业形态劳动者入会数", group=NEW_FORM_GROUPS),
    joined(
        "joined_freight",
        "道路货运领域新发展会员数",
        sector=UnionProfile.Sector.FREIGHT.value,
    ),
    Indicator(
        "members.joined_groups",
        "八大群体入会覆盖数",
        source=PLAN,
        dataset="members.memberships",
        measure="groups",
        date="joined",
        filters={"entry": JOINING, "group": EIGHT_GROUPS},
    ),
    Manual(
        "members.new_form_base",
        "新就业形态劳动者总数（摸底数）",
        source="新就业形态劳动者摸底调查",
        unit=Unit.PERSON,
        is_stock=True,
    ),
    Ratio(
        "members.new_form_join_rate",
        "新就业形态劳动者入会率",
        source=REPORT,
        numerator="members.new_form_total",
        denominator="members.new_form_base",
    ),
    # Stock and flow balance: total = last year's total + begun − ended, in every subtree that no
    # union entered or left.
    moved("begun", "会籍增加数", "joined"),
    moved("ended", "会籍减少数", "left"),
    Difference(
        "members.net_growth",
        "会员净增数",
        source=RETURN,
        minuend="members.begun",
        subtrahend="members.ended",
    ),
    moved("left_persons", "离会会员数", "left", leave_reason=LEAVING),
    moved("transferred_in", "转入会员数", "joined", entry=Membership.Entry.TRANSFER.value),
    moved(
        "transferred_out", "转出会员数", "left", leave_reason=Membership.LeaveReason.TRANSFER.value
    ),
)


def unions(code: str, label: str, date: str, source: str = REPORT, **filters: object) -> Indicator:
    """Union bodies that stand at the end of the period, or were established in it (个)."""
    return Indicator(
        f"organisation.{code}",
        label,
        source=source,
        dataset="members.unions",
        measure=filters.pop("measure", "organisations"),
        date=date,
        filters=filters,
    )


def employers(code: str, label: str, dataset: str, source: str, **filters: object) -> Indicator:
    """Employers (家) on the last day of the period."""
    return Indicator(
        f"organisation.{code}",
        label,
        source=source,
        dataset=dataset,
        measure="employers",
        date="in_force",
        filters=filters,
    )


def eligible(threshold: int, source: str, *, rate: str) -> list[Indicator | Ratio]:
    """应建尽建: enterprises of at least so many employees that have a union, of all such."""
    size = {"ownership": ENTERPRISES, "employees__gte": threshold}
    return [
        employers(
            f"eligible_enterprises_{threshold}",
            f"职工{threshold}人以上企业数",
            "members.employers",
            source,
            **size,
        ),
        employers(
            f"eligible_enterprises_with_union_{threshold}",
            f"职工{threshold}人以上企业建会数",
            "members.covered_employers",
            source,
            **size,
        ),
        Ratio(
            f"organisation.{rate}",
            f"职工{threshold}人以上企业建会率",
            source=source,
            numerator=f"organisation.eligible_enterprises_with_union_{threshold}",
            denominator=f"organisation.eligible_enterprises_{threshold}",
        ),
    ]


def mechanism(code: str, label: str, date: str, source: str, **filters: object) -> Indicator:
    """Distinct organisations that have a mechanism, or held an election (个)."""
    return Indicator(
        f"organisation.{code}",
        label,
        source=source,
        dataset="members.mechanisms",
        measure="organisations",
        date=date,
        filters=filters,
    )


def towns(code: str, label: str, **filters: object) -> Indicator:
    """Towns by their accepted yearly return."""
    return Indicator(
        f"organisation.{code}",
        label,
        source=PLAN,
        dataset="members.headcounts",
        measure="organisations",
        date="reported",
        filters={"level": TOWN, "employers__gte": 100, "employees__gte": 5000, **filters},
    )


register(
    unions("unions_total", "基层工会总数", "in_force", level=GRASSROOTS),
    unions("unions_established", "新建基层工会数", "established", level=GRASSROOTS),
    unions("unions_closed", "撤销基层工会数", "closed", RETURN, level=GRASSROOTS),
    unions(
        "federations_established",
        "新成立工会联合会数",
        "established",
        kind=UnionProfile.Kind.LEAGUE.value,
    ),
    unions(
        "new_form_unions",
        "八大领域新建工会数",
        "established",
        PLAN,
        level=GRASSROOTS,
        sector=SECTORS,
    ),  # fmt: skip
    unions(
        "new_form_sectors",
        "八大领域建会覆盖数",
        "established",
        PLAN,
        sector=SECTORS,
        measure="sectors",
    ),  # fmt: skip
    unions(
        "registered_unions",
        "已办理法人登记的基层工会数",
        "in_force",
        RETURN,
        level=GRASSROOTS,
        union_code__isnull=False,
    ),  # fmt: skip
    Ratio(
        "organisation.registration_rate",
        "基层工会法人登记率",
        source=RETURN,
        numerator="organisation.registered_unions",
        denominator="organisation.unions_total",
    ),
    Indicator(
        "organisation.enterprises_unionised_new",
        "新增建会企业数",
        source=REPORT,
        dataset="members.foundings",
        measure="employers",
        date="unionised",
        filters={"ownership": ENTERPRISES},
    ),
    employers("legal_units_covered", "涵盖法人单位数", "members.coverages", RETURN),
    *eligible(committees.EMPLOYEES_FOR_CAMPAIGN.value, PLAN, rate="eligible_enterprises_unionised"),
    *eligible(100, PLAN, rate="eligible_enterprises_unionised_100"),
    unions("districts_total", "区县总工会数", "in_force", level=DISTRICT),
    mechanism(
        "fiscal_appropriation_areas",
        "建立工会经费财政划拨制度的区县数",
        "in_force",
        REPORT,
        kind=Mechanism.Kind.FISCAL_APPROPRIATION.value,
        level=DISTRICT,
    ),
    Difference(
        "organisation.fiscal_appropriation_missing",
        "未建立工会经费财政划拨制度的区县数",
        source=REPORT,
        minuend="organisation.districts_total",
        subtrahend="organisation.fiscal_appropriation_areas",
    ),
    mechanism(
        "court_link_areas",
        "开展“法院+工会”诉调对接的区县数",
        "in_force",
        REPORT,
        kind=Mechanism.Kind.COURT_LINK.value,
        level=DISTRICT,
    ),
    Ratio(
        "organisation.area_coverage",
        "“法院+工会”诉调对接区县覆盖率",
        source=REPORT,
        numerator="organisation.court_link_areas",
        denominator="organisation.districts_total",
    ),
    mechanism(
        "congress_held", "完成换届的工会数", "held", PLAN, kind=Mechanism.Kind.ELECTION.value
    ),
    towns("qualified_towns", "企业百家以上、职工五千人以上的乡镇（街道）数"),
    towns("staffed_towns", "其中配备专职工会干部的乡镇（街道）数", cadres_full_time__gte=1),
    Ratio(
        "organisation.staffing_coverage",
        "乡镇（街道）专职人员配备覆盖率",
        source=PLAN,
        numerator="organisation.staffed_towns",
        denominator="organisation.qualified_towns",
    ),
    Indicator(
        "organisation.cadres_deployed",
        "工会干部下沉社区人数",
        source=REPORT,
        dataset="members.posts",
        measure="posts",
        date="appointed",
        filters={"kind": Post.Kind.DEPLOYMENT.value},
    ),
)
