"""Figures, units and symbols of a Chinese sentence to the characters that a person would read.

Own table, because the kept normalisers either need compiled grammars (WeTextProcessing: OpenFst) or read
telephone numbers, versions and ratios as quantities (cn2an).
"""

from __future__ import annotations

import re

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿")
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_MINUS = "[-−–]"
UNITS = {
    "km/h": "公里每小时",
    "m/s": "米每秒",
    "kWh": "度电",
    "km²": "平方公里",
    "m²": "平方米",
    "㎡": "平方米",
    "m³": "立方米",
    "cm²": "平方厘米",
    "cm³": "立方厘米",
    "km": "公里",
    "cm": "厘米",
    "mm": "毫米",
    "kg": "公斤",
    "mg": "毫克",
    "ml": "毫升",
    "mL": "毫升",
    "°C": "摄氏度",
    "℃": "摄氏度",
    "°F": "华氏度",
    "℉": "华氏度",
    "°": "度",
    "m": "米",
    "g": "克",
    "L": "升",
    "s": "秒",
    "h": "小时",
    "t": "吨",
}
MONEY = {"¥": "元", "￥": "元", "$": "美元", "€": "欧元", "£": "英镑", "US$": "美元", "HK$": "港元"}
SYMBOLS = {
    "≤": "小于等于",
    "≥": "大于等于",
    "≠": "不等于",
    "≈": "约等于",
    "<=": "小于等于",
    ">=": "大于等于",
    "!=": "不等于",
    "==": "等于",
    "=": "等于",
    "<": "小于",
    ">": "大于",
    "+": "加",
    "×": "乘以",
    "÷": "除以",
    "±": "正负",
    "√": "根号",
    "∞": "无穷大",
    "π": "派",
    "→": "到",
    "&": "和",
    "@": "艾特",
    "#": "井号",
    "%": "百分号",
    "‰": "千分号",
    "~": "约",
    "～": "约",
    "°": "度",
}
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_MONEY = "|".join(re.escape(sign) for sign in sorted(MONEY, key=len, reverse=True))
MEASURES = "个只条张本件位次块元岁天年月周度斤公米升吨人种台辆杯瓶遍倍层楼页章集分小点两半套双把间名部首家场"


def chinese_number(digits: str) -> str:
    """Return a number as it is counted: "1208" is 一千二百零八; over 16 digits, one by one."""
    whole, _, decimals = digits.replace(",", "").partition(".")
    whole = whole.lstrip("0") or "0"
    spoken = by_digit(whole) if len(whole) > 16 else _whole(whole)
    return spoken + (f"点{by_digit(decimals)}" if decimals else "")


def by_digit(digits: str, one: str = "一") -> str:
    """Return each digit by itself; `one`: how 1 is read (幺 in telephone numbers)."""
    return "".join(one if d == "1" else _DIGITS[int(d)] if d.isascii() and d.isdigit() else d for d in digits)


def _whole(digits: str) -> str:
    groups = [digits[max(0, end - 4) : end] for end in range(len(digits), 0, -4)]
    out = ""
    for power in range(len(groups) - 1, -1, -1):
        group = groups[power]
        if not int(group):
            continue
        gap = bool(out) and (group[0] == "0" or not int(digits[-4 * power - 5] if power else digits[-5]))
        out += ("零" if gap else "") + _four(group) + _GROUPS[power]
    out = out or "零"
    return out.removeprefix("一") if out.startswith("一十") else out


def _four(digits: str) -> str:
    out, gap = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            gap = bool(out)
            continue
        out += ("零" if gap else "") + _DIGITS[int(digit)] + _PLACES[place]
        gap = False
    return out


def _signed(text: str) -> str:
    negative = re.match(_MINUS, text)
    return ("负" if negative else "") + plain_number(re.sub(_MINUS, "", text))


def plain_number(digits: str) -> str:
    """Return a number as read in running text: leading zeros and very long ones digit by digit."""
    if re.match(r"0\d", digits) or len(digits.split(".")[0].replace(",", "")) > 12:
        return by_digit(digits)
    return chinese_number(digits)


def _date(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return match.group()
    return f"{by_digit(year)}年{chinese_number(month)}月{chinese_number(day)}日"


def _clock(match: re.Match[str]) -> str:
    hour, minute, second = match.groups()
    if int(hour) > 24 or int(minute) > 59:
        return f"{chinese_number(hour)}比{chinese_number(minute)}"
    spoken = f"{_two(hour)}点"
    if int(minute):
        spoken += ("零" if minute[0] == "0" else "") + chinese_number(minute) + "分"
    else:
        spoken += "" if second else "整"
    return spoken + (f"{chinese_number(second)}秒" if second else "")


def _two(digits: str) -> str:
    return "两" if digits.lstrip("0") == "2" else chinese_number(digits)


def _phone(match: re.Match[str]) -> str:
    rows = re.findall(r"\d+", match.group())
    if len(rows[-1]) == 11:  # a mobile number, said as it is written on cards: three digits, four and four
        rows[-1:] = [rows[-1][:3], rows[-1][3:7], rows[-1][7:]]
    return ("加" if match.group().startswith("+") else "") + "，".join(by_digit(row, "幺") for row in rows)


def _money(match: re.Match[str]) -> str:
    return plain_number(match.group(2)) + (match.group(3) or "") + MONEY[match.group(1)]


def _power(match: re.Match[str]) -> str:
    power = {"²": "2", "³": "3"}.get(match.group(2), match.group(2).lstrip("^"))
    names = {"2": "平方", "3": "立方"}
    return f"{match.group(1)}的{names.get(power, chinese_number(power) + '次方')}"


def _fraction(match: re.Match[str]) -> str:
    above, below = match.groups()
    return f"{chinese_number(below)}分之{chinese_number(above)}"


_NAMED_BY_DIGIT = "(?:房间|门牌|编号|密码|验证码|邮编|学号|工号|代码|代号|航班|车牌|单号|卡号|账号|尾号)"
_B, _E = r"(?<![\dA-Za-z.])", r"(?![\dA-Za-z])"
_RULES: tuple[tuple[re.Pattern[str], object], ...] = (
    (re.compile(rf"{_B}(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_E}"), _date),
    (
        re.compile(rf"{_B}([5-9]\d|[12]\d{{3}})(?=年(?!前|后|来|间|级|龄|多|的时间))"),
        lambda m: by_digit(m[1]),
    ),
    (re.compile(rf"{_B}(\d{{1,2}})[:：](\d{{2}})(?:[:：](\d{{2}}))?{_E}"), _clock),
    (re.compile(rf"{_B}(\d+)[:：](\d+){_E}"), lambda m: f"{_two(m[1])}比{_two(m[2])}"),
    (
        re.compile(rf"({_NAMED_BY_DIGIT}[^\d，。；]{{0,3}})(\d{{3,}}){_E}"),
        lambda m: m[1] + by_digit(m[2], "幺"),
    ),
    (re.compile(rf"\+\d{{1,3}}(?:[ -]?\(?\d{{2,11}}\)?)+{_E}"), _phone),
    (re.compile(rf"{_B}1[3-9]\d(?:[ -]?\d{{4}}){{2}}{_E}"), _phone),
    (re.compile(rf"{_B}\(?0\d{{2,3}}\)?[ -]?\d{{3,4}}[ -]?\d{{4}}{_E}"), _phone),
    (re.compile(rf"{_B}\d{{3,4}}-\d{{3,4}}(?:-\d{{4}})?{_E}"), _phone),
    (re.compile(rf"{_B}\d+(?:\.\d+){{2,}}{_E}"), lambda m: "点".join(map(_dotted, m[0].split(".")))),
    (re.compile(rf"({_MONEY})\s?({_NUMBER})\s?([万亿])?"), _money),
    (re.compile(rf"({_MINUS}?{_NUMBER})\s?[%％]"), lambda m: _percent(m[1], "百")),
    (re.compile(rf"({_MINUS}?{_NUMBER})\s?‰"), lambda m: _percent(m[1], "千")),
    (re.compile(rf"{_B}(\d+)/(\d+){_E}"), _fraction),
    (
        re.compile(
            rf"(?<![\dA-Za-z_.])({_MINUS}?{_NUMBER})(\s?[-–~～至]\s?)?({_NUMBER})?\s?({_UNIT})(?![A-Za-z²³])"
        ),
        lambda m: _signed(m[1]) + (("到" + plain_number(m[3])) if m[3] else "") + UNITS[m[4]],
    ),
    (re.compile(r"([A-Za-z\d]+)(\^\d+|[²³])"), _power),
    (re.compile(rf"{_B}({_NUMBER})\s?[–~～]\s?(?={_NUMBER})"), lambda m: plain_number(m[1]) + "到"),
    (re.compile(rf"{_B}({_NUMBER})-(?={_NUMBER}[{MEASURES}])"), lambda m: plain_number(m[1]) + "到"),
    (re.compile(rf"(?<=[\d)])\s?{_MINUS}\s?(?=[\d(])|\s{_MINUS}\s|−"), lambda m: "减"),
    (re.compile(rf"{_MINUS}(?=\d)"), lambda m: "负"),
    (re.compile(rf"(?<![\d.第])2(?=[{MEASURES}])(?!2?[月日号])"), lambda m: "两"),
    (re.compile(_NUMBER), lambda m: plain_number(m[0])),
)
_SYMBOL = re.compile("|".join(re.escape(s) for s in sorted(SYMBOLS, key=len, reverse=True)))


def _dotted(part: str) -> str:
    return by_digit(part) if len(part) > 2 or part.startswith("0") else chinese_number(part)


def _percent(number: str, base: str) -> str:
    return (
        ("负" if re.match(_MINUS, number) else "") + f"{base}分之" + plain_number(re.sub(_MINUS, "", number))
    )


def spoken_chinese(text: str) -> str:
    """Return the sentence with every figure, unit and symbol in characters.

    Dates, times, telephone numbers, money, percentages, fractions, powers, ranges, versions and minus
    signs are read as such; numbers with leading zeros digit by digit.
    """
    for pattern, read in _RULES:
        text = pattern.sub(read, text)  # type: ignore[call-overload]
    return _SYMBOL.sub(lambda match: SYMBOLS[match.group()], text)
