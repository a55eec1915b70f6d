"""A small city with rows, a report over it, and how one is made in the process of the test."""

from core.jobs import run_now
from core.periods import Period
from core.services import figures
from reports import services
from reports.composing import Composer
from reports.models import Chapter, ReportDefinition
from tests.factories.core import World
from tests.factories.members import populate

YEAR = Period.year(2021)
TEXTS = (
    "现在，我代表{{ 组织.名称 }}报告{{ 期间.年 }}工作。",
    """
# {{ 期间.年 }}主要工作

全市会员{{ members.total }}，其中女会员{{ members.women }}；全年新发展会员
{{ members.joined_persons | 多 }}，新就业形态劳动者入会率{{ members.new_form_join_rate | 一位 }}。

[[表 各区县会员 | codes=members.total, members.joined_persons, members.real_name_rate | by=child]]

[[图 各区县会员数 | code=members.total | by=child]]

[[表 各月新发展会员 | codes=members.joined_persons | by=month]]

[[表 会员性别构成 | codes=members.total | by=sex]]
""".strip(),
)


def definition(organisation, *texts, kind="yearly", **fields):
    """A stored definition with these chapters."""
    row = ReportDefinition(
        organisation=organisation,
        kind=kind,
        name="工作报告",
        title="团结奋进建功{{ 期间.年 }}",
        subtitle="——在{{ 组织.名称 }}全委会上的工作报告",
        salutation="各位委员：",
        **fields,
    )
    chapters = [Chapter(name=f"第{n}章", text=text) for n, text in enumerate(texts, start=1)]
    return services.define(row, chapters, by=None)


def base_figure(world, value=40):
    """The manual base figure of the membership rate, entered and signed off."""
    figure = figures.enter_manual_figure(
        "members.new_form_base",
        organisation=world.city,
        period=YEAR,
        value=value,
        source="摸底调查表",
        by=world.user("clerk"),
    )
    return figures.sign_off(figure, by=world.user("head"))


def fill(world):
    """Rows of the register and the base figure."""
    populate(world)
    base_figure(world)


def started(world, *texts, by=None, at=None, period=YEAR, kind="yearly"):
    """A run that was asked for, not yet made."""
    return services.start(
        definition(world.city, *texts or TEXTS, kind=kind),
        organisation=at or world.city,
        period=period,
        by=by,
        send=False,
    )


def made(run):
    """The run, made in this process."""
    job = run_now(run.job)
    assert job.state == "done", job.error
    run.refresh_from_db()
    return run


def content(file):
    """The bytes of a stored file."""
    with file.content.open() as stream:
        return stream.read()


def text_of(run, faces):
    """The paragraphs of a run as plain text."""
    blocks = Composer(run, faces).document().blocks
    return ["".join(part.text for part in block.runs) for block in blocks if hasattr(block, "runs")]


class Golden:
    """The city, its people, and a finished report."""

    def __init__(self):
        self.world = World()
        fill(self.world)
        self.clerk = self.world.user("clerk")
        self.head = self.world.user("head")
        self.leader = self.world.user("leader")
        self.run = made(started(self.world, by=self.clerk))

    def figure(self, code, split="", key=""):
        return self.run.figures.get(code=code, split=split, key=key)
