"""The titles that are given: what they are called, by whom, to whom."""

from django.db import models
from django.db.models import Q

from core.fields import NO_PERSONAL_DATA


class Level(models.TextChoices):
    """At which level a title is given."""

    NATIONAL = "national", "全国"
    PROVINCIAL = "provincial", "省级"
    MUNICIPAL = "municipal", "市级"
    COUNTY = "county", "县级"
    UNIT = "unit", "基层"


class Title(models.Model):
    """荣誉称号。A title of one level, given to recipients of one kind.

    `rank` orders the titles of one `kind` and beyond it: who holds a title of the same or a higher
    rank (a smaller number) is not proposed again. `term_years` says how long it is held; empty for
    life. The rows are the catalogue of the whole federation.
    """

    class Kind(models.TextChoices):
        MODEL_WORKER = "model_worker", "劳动模范"
        ADVANCED_WORKER = "advanced_worker", "先进工作者"
        MAY1_MEDAL = "may1_medal", "五一劳动奖章"
        MAY1_CERTIFICATE = "may1_certificate", "五一劳动奖状"
        PIONEER = "pioneer", "工人先锋号"
        MODEL_TEAM = "model_team", "模范集体"
        CRAFTSMAN = "craftsman", "工匠"
        MASTER_TUTOR = "master_tutor", "带徒名师"
        LEARNING_WORKER = "learning_worker", "学习型职工"
        MOST_BEAUTIFUL = "most_beautiful", "最美系列"
        UNION_WORKER = "union_worker", "优秀工会工作者"
        SKILL_TITLE = "skill_title", "技术能手"
        MODEL_HOME = "model_home", "模范职工之家"
        MODEL_SMALL_HOME = "model_small_home", "模范职工小家"
        HARMONIOUS = "harmonious", "劳动关系和谐企业"
        REFORM_PILOT = "reform_pilot", "产业工人队伍建设改革试点"
        DEMO_COMPETITION = "demo_competition", "示范引领竞赛项目"
        CASE_PAPER = "case_paper", "入编案例"
        WORK = "work", "获奖作品"
        COMMENDATION = "commendation", "通报表扬"
        OTHER = "other", "其他荣誉"

    class Recipient(models.TextChoices):
        PERSON = "person", "个人"
        EMPLOYER = "employer", "用人单位"
        UNION = "union", "工会组织"
        TEAM = "team", "班组、科室、车间"
        PLACE = "place", "镇街、园区"
        WORK = "work", "作品、项目、案例"

    privacy = NO_PERSONAL_DATA

    code = models.SlugField("编码", max_length=40, unique=True)
    name = models.CharField("称号", max_length=60, unique=True)
    kind = models.CharField("类别", max_length=20, choices=Kind.choices)
    level = models.CharField("级别", max_length=12, choices=Level.choices)
    recipient = models.CharField("授予对象", max_length=10, choices=Recipient.choices)
    rank = models.PositiveSmallIntegerField(
        "位次", help_text="数小者为高；已获同位次或更高位次称号的，不再推荐"
    )
    granting_body = models.CharField("授予机关", max_length=80)
    term_years = models.PositiveSmallIntegerField(
        "有效年数", null=True, blank=True, help_text="终身保持的不填"
    )
    is_given = models.BooleanField("现仍评选", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "荣誉称号"
        ordering = ["rank", "name"]
        constraints = [
            models.CheckConstraint(
                name="title_term_positive",
                condition=Q(term_years__isnull=True) | Q(term_years__gt=0),
                violation_error_message="有效年数应大于 0；终身保持的不填。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_personal(self) -> bool:
        return self.recipient == self.Recipient.PERSON
