"""What rosters write for the values of the register. Where one is used, the row says so.

Only what can mean one thing stands here; anything else is answered with the nearest value.
"""

from members.models import Person

_Certificate, _Sex = Person.CertificateType, Person.Sex
_Political, _Education, _Household = Person.PoliticalStatus, Person.Education, Person.Household


def _each(spellings: dict[str, str]) -> dict[str, str]:
    """One entry for every spelling of a list parted by blanks."""
    return {text: value for value, texts in spellings.items() for text in texts.split()}


CERTIFICATE = _each({
    _Certificate.RESIDENT: "身份证 二代身份证 第二代居民身份证 中国居民身份证",
    _Certificate.PERMIT: "港澳居民居住证 台湾居民居住证 港澳台居住证",
    _Certificate.FOREIGNER: "外国人永居证 外国人永久居留证",
    _Certificate.PASSPORT: "外国护照 普通护照",
})  # fmt: skip
SEX = _each({_Sex.MALE: "男性 男士 M", _Sex.FEMALE: "女性 女士 F"})
POLITICAL = _each({
    _Political.PARTY: "党员 共产党员 中国共产党党员 中共正式党员 正式党员",
    _Political.PROBATIONARY: "预备党员 中国共产党预备党员",
    _Political.YOUTH_LEAGUE: "团员 共青团 中国共产主义青年团团员",
    _Political.DEMOCRATIC: "民主党派成员 民革 民盟 民建 民进 农工党 致公党 九三学社 台盟"
    " 民革党员 民盟盟员 民建会员 民进会员 农工党党员 致公党党员 九三学社社员 台盟盟员",
    _Political.MASSES: "群众（无党派） 普通群众 一般群众",
})  # fmt: skip
EDUCATION = _each({
    _Education.PRIMARY: "小学 小学以下 文盲 半文盲",
    _Education.JUNIOR: "初级中学 初中毕业",
    _Education.SENIOR: "普通高中 高级中学 高中毕业",
    _Education.VOCATIONAL: "中专 技校 中技 中等专科 中等职业教育 职高 职业高中",
    _Education.COLLEGE: "专科 大学专科 高职 专科毕业 大专毕业",
    _Education.BACHELOR: "本科 大学 学士 本科毕业 全日制本科 大本",
    _Education.MASTER: "硕士 硕士毕业 研究生（硕士）",
    _Education.DOCTOR: "博士 博士毕业 研究生（博士）",
})  # fmt: skip
HOUSEHOLD = _each({
    _Household.URBAN: "城镇户口 城市 非农 非农业 非农业户口 非农户口 城镇户籍 居民户",
    _Household.RURAL: "农村户口 农业 农业户口 农户 农村户籍",
})  # fmt: skip
