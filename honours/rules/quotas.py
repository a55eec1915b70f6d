"""How places are shared among those who propose: by weights, with the largest remainder.

The seats of a selection are handed down the tree (名额分配); each level shares its own number among
those below it, so that parts always sum to the whole. 评选办法 of cities as in the handbook, §5.3;
the method is that of Hamilton: each is given the whole places of its exact share, and the places
left over go to the largest remainders.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.rules import Invalid


@dataclass(frozen=True)
class Claim:
    """Who is given places, and by what weight (members, employers … or 1 for each)."""

    key: Hashable
    weight: int


@dataclass(frozen=True)
class Part:
    """What one was given, and how: `minimum` beforehand, of the rest an exact share (`exact`), of
    that the whole places (`quotient`), and one more where the remainder was among the largest."""

    key: Hashable
    weight: int
    minimum: int
    exact: Fraction
    is_raised: bool

    @property
    def quotient(self) -> int:
        return int(self.exact)

    @property
    def remainder(self) -> Fraction:
        return self.exact - self.quotient

    @property
    def number(self) -> int:
        return self.minimum + self.quotient + self.is_raised


def share(total: int, claims: Sequence[Claim], *, minimum: int = 0) -> list[Part]:
    """Share `total` places; the numbers always sum to it. In the order of `claims`.

    Everybody is first given `minimum`; the rest goes by weight. Of equal remainders the one with
    the larger weight comes first, of equal weights the one that stands first. Without any weight
    all count the same.
    """
    if not claims:
        raise Invalid("nobody", "下级没有可以分配名额的工会，请核对组织关系。")
    rest = total - minimum * len(claims)
    if rest < 0:
        raise Invalid(
            "too_few",
            f"名额 {total} 个，不够 {len(claims)} 处每处保底 {minimum} 个，"
            "请减少保底数或增加名额。",
        )
    if any(claim.weight < 0 for claim in claims):
        raise Invalid("negative_weight", "分配依据的数量不能小于 0，请核对。")
    weights = [claim.weight for claim in claims]
    if not any(weights):
        weights = [1] * len(claims)
    whole = sum(weights)
    exact = [Fraction(rest * weight, whole) for weight in weights]
    left = rest - sum(int(each) for each in exact)
    order = sorted(
        range(len(claims)), key=lambda place: (-(exact[place] % 1), -weights[place], place)
    )
    raised = set(order[:left])
    return [
        Part(claim.key, claim.weight, minimum, exact[place], place in raised)
        for place, claim in enumerate(claims)
    ]


def decimals(value: Fraction, places: int = 3) -> str:
    """As people read it, cut off: 3.267."""
    scaled = int(value * 10**places)
    return f"{scaled // 10**places}.{scaled % 10**places:0{places}}"
