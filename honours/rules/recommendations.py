"""Democratic recommendation (民主推荐): the congress or meeting of workers votes on the candidate.

A meeting is held with two thirds of those who belong to it, and decides with more than half of
them (企业民主管理规定，总工发〔2012〕12号; 职工大会 likewise).
"""


def absence(*, entitled: int, present: int) -> str:
    """Why the meeting cannot be held by who came, as a sentence, or ""."""
    if present > entitled:
        return f"实到 {present} 人多于应到 {entitled} 人，请核对。"
    if present * 3 < entitled * 2:
        return f"应到 {entitled} 人，实到 {present} 人，不足三分之二，会议不能举行，请重新召开。"
    return ""


def obstacle(*, entitled: int, present: int, votes: int) -> str:
    """Why the vote does not carry, as a sentence, or ""."""
    if why := absence(entitled=entitled, present=present):
        return why
    if votes > present:
        return f"赞成 {votes} 票多于实到 {present} 人，请核对。"
    if votes * 2 <= entitled:
        return f"赞成 {votes} 票，未超过应到 {entitled} 人的半数，民主推荐未通过。"
    return ""
