"""Training by name and by heads, the grades that came of it, its bases."""

from competitions.models import SkillCertificate, Trainee, Training, TrainingBase
from core.indicators import Dataset, Dimension, Flow, Measure, Stock, Unit, register

OPEN = "competitions.open_figure"

trainings = Dataset(
    "competitions.trainings",
    "职工培训",
    Training,
    dates={"held": Flow("培训", "held_on")},
    dimensions={"kind": Dimension("种类", "kind")},
    measures={
        "sessions": Measure("培训场次", Unit.SESSION, total="sessions"),
        "headcount": Measure("填报参训", Unit.PERSON_TIME, total="headcount"),
    },
    columns=(
        ("培训", "title"),
        ("种类", lambda row: row.get_kind_display()),
        ("举办工会", "organisation__name"),
        ("开始日期", "held_on"),
        ("场次", "sessions"),
        ("填报参训（人次）", "headcount"),
    ),
    permission=OPEN,
    rows=lambda: Training.objects.select_related("organisation"),
)

trainees = Dataset(
    "competitions.trainees",
    "按名参训人员",
    Trainee,
    organisation="training__organisation",
    dates={"held": Flow("培训", "training__held_on")},
    dimensions={"kind": Dimension("种类", "training__kind")},
    measures={
        "person_times": Measure("按名参训", Unit.PERSON_TIME),
        "persons": Measure("按名参训（去重）", Unit.PERSON, distinct="person"),
    },
    columns=(
        ("参训人员", lambda row: row.person.masked_label),
        ("培训", "training__title"),
        ("开始日期", "training__held_on"),
    ),
    permission=OPEN,
    rows=lambda: Trainee.objects.select_related("person", "training__organisation"),
)

bases = Dataset(
    "competitions.bases",
    "培训基地",
    TrainingBase,
    dates={
        "opened": Flow("建成", "opened_on"),
        "in_use": Stock("在用", "opened_on", "closed_on"),
    },
    dimensions={"kind": Dimension("种类", "kind"), "level": Dimension("级别", "level")},
    measures={"bases": Measure("培训基地", Unit.ORGANISATION)},
    columns=(
        ("名称", "name"),
        ("种类", lambda row: row.get_kind_display()),
        ("级别", lambda row: row.get_level_display()),
        ("所属工会", "organisation__name"),
        ("建成日期", "opened_on"),
    ),
    permission=OPEN,
    rows=lambda: TrainingBase.objects.select_related("organisation"),
)

certificates = Dataset(
    "competitions.certificates",
    "技能等级证书",
    SkillCertificate,
    dates={"issued": Flow("发证", "issued_on")},
    dimensions={
        "grade": Dimension("技能等级", "grade"),
        "competition": Dimension("来源竞赛", "competition"),
        "training": Dimension("来源培训", "training"),
    },
    measures={
        "certificates": Measure("证书", Unit.CASE),
        "persons": Measure("取证职工（去重）", Unit.PERSON, distinct="person"),
    },
    columns=(
        ("职工", lambda row: row.person.masked_label),
        ("职业（工种）", "trade"),
        ("技能等级", lambda row: row.get_grade_display()),
        ("发证机构", "issuer"),
        ("发证日期", "issued_on"),
    ),
    permission=OPEN,
    rows=lambda: SkillCertificate.objects.select_related("person", "organisation"),
)

register(trainings, trainees, bases, certificates)
