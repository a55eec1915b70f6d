"""The head counts of a union's yearly return."""

from collections.abc import Iterable, Mapping

from core.rules import Remark

# Parts and the whole that they may not exceed, with the words of the form.
_PARTS: tuple[tuple[str, str], ...] = (
    ("employees_women", "employees"),
    ("employees_migrant", "employees"),
    ("employees_dispatched", "employees"),
    ("members_women", "members"),
    ("members_migrant", "members"),
    ("members_new_form", "members"),
)
# Members may not exceed employees, except where the union also holds people who are no employees.
_MEMBERS_OF_EMPLOYEES: tuple[tuple[str, str], ...] = (
    ("members", "employees"),
    ("members_women", "employees_women"),
    ("members_migrant", "employees_migrant"),
)
HEADCOUNT_LABELS: Mapping[str, str] = {
    "employees": "职工总数",
    "employees_women": "女职工数",
    "employees_migrant": "农民工职工数",
    "employees_dispatched": "劳务派遣工数",
    "members": "会员总数",
    "members_women": "女会员数",
    "members_migrant": "农民工会员数",
    "members_new_form": "新就业形态会员数",
}


def headcount_contradictions(
    counts: Mapping[str, int | None],
    *,
    covers_new_form: bool = False,
    covers_retired: bool = False,
) -> list[Remark]:
    """What cannot be right in the head counts (人) of a union's return; empty if nothing.

    `counts` has the keys of `HEADCOUNT_LABELS`; one that is missing or None is not compared. A
    union that covers new-form workers or keeps retired members may have more members than
    employees.
    """
    found = [
        Remark("headcount_negative", f"{HEADCOUNT_LABELS[key]}不能为负数，现为 {counts[key]} 人。")
        for key in HEADCOUNT_LABELS
        if (counts.get(key) or 0) < 0
    ]
    pairs: Iterable[tuple[str, str, str]] = [(*pair, "headcount_part") for pair in _PARTS]
    if not (covers_new_form or covers_retired):
        pairs = [*pairs, *((*pair, "headcount_members") for pair in _MEMBERS_OF_EMPLOYEES)]
    for part, whole, code in pairs:
        small, large = counts.get(part), counts.get(whole)
        if small is not None and large is not None and small > large:
            found.append(
                Remark(
                    code,
                    f"{HEADCOUNT_LABELS[part]} {small} 人大于{HEADCOUNT_LABELS[whole]} {large} 人，"
                    "请核对。",
                )
            )
    return found
