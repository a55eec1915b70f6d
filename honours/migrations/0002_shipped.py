"""The titles that a municipal federation gives or recommends for; staff add their own."""

from django.db import migrations

# Kind, recipient, term in years (None: for life), and of each level: name, rank, who gives it.
TITLES = [
    ("model_worker", "person", None, {
        "national": ("全国劳动模范", 10, "中共中央、国务院"),
        "provincial": ("省劳动模范", 30, "省委、省政府"),
        "municipal": ("市劳动模范", 50, "市委、市政府"),
        "county": ("县（区）劳动模范", 70, "县（区）委、县（区）政府"),
    }),
    ("advanced_worker", "person", None, {
        "national": ("全国先进工作者", 10, "中共中央、国务院"),
        "provincial": ("省先进工作者", 30, "省委、省政府"),
        "municipal": ("市先进工作者", 50, "市委、市政府"),
        "county": ("县（区）先进工作者", 70, "县（区）委、县（区）政府"),
    }),
    ("may1_medal", "person", None, {
        "national": ("全国五一劳动奖章", 20, "全国总工会"),
        "provincial": ("省五一劳动奖章", 40, "省总工会"),
        "municipal": ("市五一劳动奖章", 60, "市总工会"),
        "county": ("县（区）五一劳动奖章", 80, "县（区）总工会"),
    }),
    ("may1_certificate", "employer", None, {
        "national": ("全国五一劳动奖状", 20, "全国总工会"),
        "provincial": ("省五一劳动奖状", 40, "省总工会"),
        "municipal": ("市五一劳动奖状", 60, "市总工会"),
        "county": ("县（区）五一劳动奖状", 80, "县（区）总工会"),
    }),
    ("pioneer", "team", None, {
        "national": ("全国工人先锋号", 25, "全国总工会"),
        "provincial": ("省工人先锋号", 45, "省总工会"),
        "municipal": ("市工人先锋号", 65, "市总工会"),
        "county": ("县（区）工人先锋号", 85, "县（区）总工会"),
    }),
    ("model_team", "team", None, {
        "provincial": ("省模范集体", 30, "省委、省政府"),
        "municipal": ("市模范集体", 50, "市委、市政府"),
    }),
    ("craftsman", "person", None, {
        "national": ("大国工匠", 20, "全国总工会"),
        "provincial": ("省级工匠", 40, "省总工会"),
        "municipal": ("市级工匠", 60, "市总工会"),
        "county": ("县（区）级工匠", 80, "县（区）总工会"),
    }),
    ("master_tutor", "person", None, {
        "provincial": ("省级带徒名师", 45, "省总工会"),
        "municipal": ("市级带徒名师", 65, "市总工会"),
    }),
    ("learning_worker", "person", None, {
        "provincial": ("省级学习型职工", 45, "省总工会"),
        "municipal": ("市级学习型职工", 65, "市总工会"),
    }),
    ("union_worker", "person", None, {
        "national": ("全国优秀工会工作者", 25, "全国总工会"),
        "provincial": ("省优秀工会工作者", 45, "省总工会"),
        "municipal": ("市优秀工会工作者", 65, "市总工会"),
    }),
    ("skill_title", "person", None, {
        "provincial": ("省技术能手", 45, "省人力资源和社会保障厅"),
        "municipal": ("市技术能手", 65, "市人力资源和社会保障局"),
    }),
    ("model_home", "union", 5, {
        "national": ("全国模范职工之家", 25, "全国总工会"),
        "provincial": ("省模范职工之家", 45, "省总工会"),
        "municipal": ("市级模范职工之家", 65, "市总工会"),
        "county": ("县（区）级模范职工之家", 85, "县（区）总工会"),
    }),
    ("model_small_home", "union", 5, {
        "national": ("全国模范职工小家", 25, "全国总工会"),
        "provincial": ("省模范职工小家", 45, "省总工会"),
        "municipal": ("市级模范职工小家", 65, "市总工会"),
    }),
    ("harmonious", "employer", 3, {
        "national": ("全国模范劳动关系和谐企业", 25, "国家协调劳动关系三方"),
        "provincial": ("省劳动关系和谐企业", 45, "省协调劳动关系三方"),
        "municipal": ("市级劳动关系和谐企业", 65, "市协调劳动关系三方"),
    }),
    ("demo_competition", "work", None, {
        "provincial": ("全省劳动竞赛示范引领项目", 90, "省总工会"),
        "municipal": ("全市劳动竞赛示范项目", 91, "市总工会"),
    }),
    ("case_paper", "work", None, {
        "provincial": ("入编全省改革试点案例", 90, "省产业工人队伍建设改革协调小组"),
    }),
    ("work", "work", None, {
        "national": ("全国总工会优秀作品", 90, "全国总工会"),
        "provincial": ("省总工会优秀作品", 91, "省总工会"),
    }),
    ("commendation", "union", None, {
        "national": ("全国总工会通报表扬", 90, "全国总工会"),
        "provincial": ("省级通报表扬", 91, "省产业工人队伍建设改革协调小组"),
        "municipal": ("市级通报表扬", 92, "市总工会"),
    }),
]  # fmt: skip
# Several titles of one kind and level, each with a code of its own.
MORE = [
    ("most_beautiful_family", "最美娘家人", "most_beautiful", "municipal", "person", 70, "市总工会"),
    ("most_beautiful_rider", "最美送餐员", "most_beautiful", "municipal", "person", 70, "市总工会"),
    ("most_beautiful_worker", "最美职工", "most_beautiful", "municipal", "person", 70, "市总工会"),
    (
        *("reform_pilot_town", "改革重点镇街试点", "reform_pilot", "municipal", "place", 90),
        "市产业工人队伍建设改革协调小组",
    ),
    (
        *("reform_pilot_firm", "改革骨干样板企业", "reform_pilot", "municipal", "employer", 90),
        "市产业工人队伍建设改革协调小组",
    ),
]


def rows():
    """Each as the fields of a title."""
    for kind, recipient, term, levels in TITLES:
        for level, (name, rank, body) in levels.items():
            yield {
                "code": f"{kind}_{level}",
                "name": name,
                "kind": kind,
                "level": level,
                "recipient": recipient,
                "rank": rank,
                "granting_body": body,
                "term_years": term,
            }
    names = ("code", "name", "kind", "level", "recipient", "rank", "granting_body")
    for each in MORE:
        yield dict(zip(names, each, strict=True))


def ship(apps, schema_editor):
    title = apps.get_model("honours", "Title")
    title.objects.bulk_create([title(**each) for each in rows()])


def take_back(apps, schema_editor):
    codes = [each["code"] for each in rows()]
    apps.get_model("honours", "Title").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("honours", "0001_initial")]
    operations = [migrations.RunPython(ship, take_back)]
