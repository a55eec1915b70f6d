"""Who may take part in a row: nobody where it concerns himself or his kin, nobody in two duties."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from core.errors import Refused
from core.fields import PERSON, blind_index
from core.models import Decision, DeclaredKin, Principal, Proceeding, User
from core.workflow.tables import Transition, registry

PERSONAL = frozenset({"concerned", "kin", "four_eyes"})  # refusals that lie in who acts


def identity(number: str, kind: str = "resident") -> bytes:
    """By what a natural person is known to be the same, whichever table names him."""
    return blind_index(PERSON, f"{kind}:{number}")


def refuse(refusal: Refused | None) -> None:
    if refusal is not None:
        raise refusal


def refuse_concerned(record: Proceeding, by: User) -> None:
    """Refuse whoever the row concerns, or has declared one of them as kin: for services that let
    somebody take part in it beside its steps."""
    refuse(Person(record, by).concern)


def kept_from(record: Proceeding, duty: str, user: User) -> str:
    """Why this user must leave a duty on the row to somebody else, or "": see `join`."""
    person = Person(record, user)
    return str(person.concern or person.second_duty(duty) or "")


class Ties:
    """回避: about oneself and declared kin nobody decides, nor does a person unknown. Who acts in
    somebody's place anywhere (委托代办) leaves to others what concerns that person or his kin.

    What is read of a person is read once, however many rows he decides on.
    """

    def __init__(self, by: User) -> None:
        self.by = by

    @classmethod
    def of_each(cls, users: Collection[User]) -> dict[int, "Ties"]:
        """The ties of many by the keys of the accounts, read at once: their own alone."""
        found = {user.pk: cls(user) for user in users}
        kin: dict[int, set[bytes]] = {key: set() for key in found}
        declared = DeclaredKin.objects.in_force().filter(user__in=found)
        for user, index in declared.values_list("user", "certificate_index"):
            kin[user].add(bytes(index))
        for key, ties in found.items():
            ties.kin, ties.behind = frozenset(kin[key]), frozenset()
        return found

    @property
    def persons(self) -> frozenset[bytes]:
        """Himself, his kin, and those behind him."""
        own = self.by.certificate_index
        tied = self.kin | self.behind
        return tied if own is None else tied | {bytes(own)}

    @cached_property
    def kin(self) -> frozenset[bytes]:
        return frozenset(
            map(bytes, self.by.kin.in_force().values_list("certificate_index", flat=True))
        )

    @cached_property
    def behind(self) -> frozenset[bytes]:
        """In whose place he acts, and their kin."""
        persons = {bytes(each.person) for each in self.by.delegators if each.person}
        if not persons:
            return frozenset()
        kin = DeclaredKin.objects.in_force().filter(user__certificate_index__in=persons)
        return frozenset(persons).union(map(bytes, kin.values_list("certificate_index", flat=True)))

    def refusal(self, concerned: Iterable[bytes]) -> Refused | None:
        """Why he takes no part in what concerns these persons (`identity`)."""
        if self.by.certificate_index is None:
            return Refused(
                "本账号未登记身份证号，无法核对是否应当回避，请联系系统管理员补登后再办理。",
                code="identity_missing",
            )
        persons = set(concerned)
        if self.by.certificate_index in persons:
            return Refused("此件涉及本人，应当回避，请由其他人员办理。", code="concerned")
        if persons and persons & self.kin:
            return Refused("此件涉及本人申报的亲属，应当回避，请由其他人员办理。", code="kin")
        if persons and persons & self.behind:
            return Refused(
                "此件涉及委托人本人或其亲属，代办人同样应当回避，请由其他人员办理。",
                code="concerned",
            )
        return None


class Person:
    """Who acts on a row, and in whose place: of each, what he has done there and whom it concerns.

    What is read is read once, however many steps are looked at; of many rows his `ties` once for
    all, and what he did there is known (`duties`).
    """

    def __init__(
        self,
        record: Proceeding,
        by: User,
        *,
        ties: Ties | None = None,
        duties: dict[str, str] | None = None,
    ) -> None:
        self.record, self.by, self.ties = record, by, ties or Ties(by)
        self._duties: dict[bytes | None, dict[str, str]] = {}
        if duties is not None:
            self._duties[by.certificate_index] = duties

    def principals(self, duty: str) -> set[Principal]:
        """In whose place he fills the duty here (委托代办)."""
        if not self.by.delegators:
            return set()
        steps = registry[type(self.record)].transitions.values()
        permissions = {step.permission for step in steps if step.duty == duty and step.permission}
        return self.by.principals(self.record.organisation.path, permissions)

    def barred_from(self, step: Transition) -> Refused | None:
        """Why this person must leave the step to others."""
        if not step.duty:
            return None
        return self.concern or (None if step.begins_round else self.second_duty(step.duty))

    @cached_property
    def concern(self) -> Refused | None:
        return self.ties.refusal(self.record.concerned())

    def duties(self, person: bytes | None) -> dict[str, str]:
        """The duties that a person fills in this round, each with what he did first."""
        if person not in self._duties:
            parts = Decision.objects.on(self.record).filter(round=self.record.round, person=person)
            first_first = parts.exclude(duty="").order_by("-id")
            self._duties[person] = dict(first_first.values_list("duty", "label"))
        return self._duties[person]

    def second_duty(self, duty: str) -> Refused | None:
        """See `second_duty`; of whoever acts for somebody both are asked."""
        refusal = second_duty(self.duties(self.by.certificate_index), duty)
        for each in () if refusal else self.principals(duty):
            refusal = refusal or second_duty(
                self.duties(each.person), duty, who=f"委托人{each.name}"
            )
        return refusal


def second_duty(held: Mapping[str, str], duty: str, *, who: str = "本人") -> Refused | None:
    """岗位分离: one person, one duty, whatever account he uses. `held` are duties with what was
    done first in each."""
    other = next((label for own, label in held.items() if own != duty), None)
    if other is None:
        return None
    return Refused(
        f"{who}已办理过此件的“{other}”，同一人不能兼办两个环节，请由其他人员办理。",
        code="four_eyes",
    )
