"""Invented consignors and consignees for parcels of training, as plausible as they may be.

Whoever reveals them reads them as any other. No operator has numbers that begin with 154, and the houses lie
beyond the end of their streets.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from screener.contracts.wire import Party

NAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭"
    "蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金"
)
GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰梅鑫波辉宇浩凯健俊帆雪琳晨欣婷佳慧莹颖"
STREETS: Final = ("人民路", "解放路", "建设路", "中山路", "新华路", "和平路", "文化路", "北京路", "胜利路")
CITIES: Final = {
    "11": "北京市朝阳区",
    "12": "天津市河西区",
    "13": "河北省石家庄市",
    "14": "山西省太原市",
    "21": "辽宁省沈阳市",
    "22": "吉林省长春市",
    "23": "黑龙江省哈尔滨市",
    "31": "上海市浦东新区",
    "32": "江苏省南京市",
    "33": "浙江省杭州市",
    "34": "安徽省合肥市",
    "35": "福建省厦门市",
    "36": "江西省南昌市",
    "37": "山东省济南市",
    "41": "河南省郑州市",
    "42": "湖北省武汉市",
    "43": "湖南省长沙市",
    "44": "广东省广州市",
    "45": "广西南宁市",
    "46": "海南省海口市",
    "50": "重庆市渝中区",
    "51": "四川省成都市",
    "52": "贵州省贵阳市",
    "53": "云南省昆明市",
    "61": "陕西省西安市",
    "62": "甘肃省兰州市",
    "65": "新疆乌鲁木齐市",
}
"""A place by the first two digits of a region's code."""

NO_OPERATORS: Final = "154"
BEYOND: Final = 3000


def invented(rng: np.random.Generator, region: str | None) -> Party:
    """Somebody who does not exist, in this region as far as it is known."""
    given = "".join(rng.choice(list(GIVEN), rng.choice((1, 2, 2)), replace=False))
    city, street = CITIES.get((region or "")[:2], ""), rng.choice(STREETS)
    house, block, flat, door = (int(rng.integers(1, most)) for most in (BEYOND, 28, 32, 5))
    return Party(
        name=str(rng.choice(list(NAMES))) + given,
        phone=f"{NO_OPERATORS}{int(rng.integers(10**8)):08}",
        address=f"{city}{street}{BEYOND + house}号{block}栋{flat}{door:02}室",
        region=region,
    )
