"""Two rows that may be one human being, and the merging of those that are."""

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils import timezone

from core import masking
from core.fields import NO_PERSONAL_DATA, EncryptedTextField, Privacy
from core.models import Organisation, User
from core.scope import ScopedModel, ScopedQuerySet, outermost, path_after, under
from members import doubles
from members.models.people import Membership, Person


def _held_under(paths: Iterable[str], person: str) -> Q:
    """The current, or else the last, membership of the person lies in one of the subtrees."""
    held = Membership.objects.filter(person=OuterRef(person)).last_first()
    path = Subquery(held.values("organisation__path")[:1])
    condition = Q(pk__in=[])
    for start in outermost(paths):
        condition |= Q(GreaterThanOrEqual(path, start)) & Q(LessThan(path, path_after(start)))
    return condition


class DuplicateCandidateQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(state=DuplicateCandidate.State.OPEN)

    def of(self, person: Person) -> Self:
        return self.filter(Q(first=person) | Q(second=person))


class DuplicateCandidate(ScopedModel):
    """一对疑似重复的会员。Two persons who may be one, until somebody says which it is.

    `first` is the older row. `organisation` is the lowest one above both; an open pair is seen only
    where both still are: one that crosses two districts waits at the city. Decided pairs stay, so
    that nobody is asked twice.
    """

    class State(models.TextChoices):
        OPEN = "open", "待核对"
        MERGED = "merged", "已合并"
        APART = "apart", "不是同一人"

    privacy = NO_PERSONAL_DATA

    first = models.ForeignKey(Person, models.PROTECT, verbose_name="会员甲", related_name="+")
    second = models.ForeignKey(Person, models.PROTECT, verbose_name="会员乙", related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="核对工会")
    codes = models.CharField("理由", max_length=120)  # of `doubles.REASONS`, between blanks
    points = models.SmallIntegerField("相似程度")
    state = models.CharField("状态", max_length=6, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField("发现时间", default=timezone.now)
    decided_by = models.ForeignKey(User, models.PROTECT, verbose_name="核对人", null=True)
    decided_at = models.DateTimeField("核对时间", null=True)
    why = models.CharField("核对说明", max_length=200, blank=True)

    objects = DuplicateCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复"
        ordering = ["-points", "id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(
                name="duplicate_pair_ordered", condition=Q(first__lt=F("second"))
            ),
            models.CheckConstraint(
                name="duplicate_decided_by_somebody",
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["state", "-points", "id"], name="duplicate_work")]

    def __str__(self) -> str:
        return f"{self.first} 与 {self.second}"

    @property
    def masked_label(self) -> str:
        return f"{self.first.masked_label} 与 {self.second.masked_label}"

    @property
    def reasons(self) -> list[str]:
        """Why, in sentences: what speaks for it first."""
        known = [doubles.REASONS[code] for code in self.codes.split()]
        return [reason.sentence for reason in sorted(known, key=lambda reason: -reason.points)]

    def judge(self, codes: Iterable[str]) -> None:
        """Take over what was found to speak for the pair."""
        codes = tuple(codes)
        self.codes, self.points = f" {' '.join(codes)} ", doubles.points(codes)

    @property
    def is_likely(self) -> bool:
        return self.points >= doubles.LIKELY

    @classmethod
    def scope(cls, paths: Iterable[str]) -> Q:
        """Both persons lie in the scope: those above both see the pair, nobody else."""
        paths = list(paths)
        both = _held_under(paths, "first") & _held_under(paths, "second")
        return under(paths, "organisation__path") & (~Q(state=cls.State.OPEN) | both)


class MergeQuerySet(ScopedQuerySet):
    def in_force(self) -> Self:
        return self.filter(undone_at__isnull=True)


class Merge(ScopedModel):
    """一次合并。Two rows of one human being became one: what was changed, so that it can be undone.

    The absorbed row stays without memberships; its number leads to the surviving one. `snapshot`
    holds every row that was touched as it was before and after.
    """

    privacy = Privacy(purpose="会员信息合并留痕与撤销", retention="退会或去世后十年")

    candidate = models.ForeignKey(
        DuplicateCandidate, models.PROTECT, verbose_name="疑似重复", related_name="merges"
    )
    surviving = models.ForeignKey(
        Person, models.PROTECT, verbose_name="保留的会员信息", related_name="+"
    )
    absorbed = models.ForeignKey(
        Person, models.PROTECT, verbose_name="并入的会员信息", related_name="+"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="核对工会")
    snapshot = EncryptedTextField("合并前后内容", mask=masking.text, null=False, blank=False)
    told = models.JSONField("合并结果", default=list)
    reason = models.CharField("合并说明", max_length=200)
    merged_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="办理人", related_name="merges"
    )
    merged_at = models.DateTimeField("合并时间", default=timezone.now)
    undone_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤销人", null=True, related_name="+"
    )
    undone_at = models.DateTimeField("撤销时间", null=True)
    undo_reason = models.CharField("撤销说明", max_length=200, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "合并记录"
        ordering = ["-id"]
        permissions = [("undo_merge", "撤销会员信息合并")]
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"],
                condition=Q(undone_at__isnull=True),
                name="merge_absorbed_once",
                violation_error_message="该会员信息已并入其他会员信息。",
            ),
            models.CheckConstraint(
                name="merge_undone_by_somebody",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.surviving}（{self.merged_at:%Y-%m-%d}合并）"

    @property
    def masked_label(self) -> str:
        return f"{self.surviving.masked_label}（{self.merged_at:%Y-%m-%d}合并）"
