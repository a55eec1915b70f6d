"""Pinyin of names: family names of their own reading, prefixes, speed."""

import time

import pytest

from members import pinyin


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("张伟", "zhangwei", "zw"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("仇和", "qiuhe", "qh"),
        ("区小明", "ouxiaoming", "oxm"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("任盈", "renying", "ry"),
        ("曾国", "zengguo", "zg"),
        ("查良", "zhaliang", "zl"),
        ("朴树", "piaoshu", "ps"),
        ("盖文", "gewen", "gw"),
        ("乐毅", "yueyi", "yy"),
        ("李乐", "lile", "ll"),
        ("翟天", "zhaitian", "zt"),
        ("覃海", "qinhai", "qh"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("尉健", "weijian", "wj"),
        ("万俟雅言", "moqiyayan", "mqyy"),
        ("万里", "wanli", "wl"),
        ("单于明", "chanyuming", "cym"),
        ("欧阳锋", "ouyangfeng", "oyf"),
        ("长孙无忌", "zhangsunwuji", "zswj"),
        ("吕布", "lvbu", "lb"),
        ("王晟", "wangsheng", "ws"),
        ("李长春", "lichangchun", "lcc"),
        ("刘䶮", "liuyan", "ly"),
        ("阿不都·热合曼", "abudureheman", "abdrhm"),
        ("Anna Li", "annali", "annali"),
        ("", "", ""),
    ],
)
def test_of_name(name, full, initials):
    assert pinyin.of_name(name) == (full, initials)


def test_fifty_thousand_names_take_less_than_three_seconds():
    families = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
    given = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华文辉建国玉梅红春桂兰平刚桂"
    names = [
        families[n % len(families)] + given[n % len(given)] + given[n // 7 % len(given)]
        for n in range(50_000)
    ]
    started = time.process_time()
    assert all(pinyin.of_name(name).full for name in names)
    assert time.process_time() - started < 3
