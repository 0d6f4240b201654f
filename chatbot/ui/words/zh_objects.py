"""The objects in a picture, in Simplified Chinese: COCO's 80 kinds, each with its measure word."""

from __future__ import annotations

from chatbot.ui.words.object_words import ObjectWords

_KINDS = {
    "person": ("人", "个"),
    "bicycle": ("自行车", "辆"),
    "car": ("汽车", "辆"),
    "motorcycle": ("摩托车", "辆"),
    "airplane": ("飞机", "架"),
    "bus": ("公交车", "辆"),
    "train": ("火车", "列"),
    "truck": ("卡车", "辆"),
    "boat": ("船", "条"),
    "traffic light": ("红绿灯", "个"),
    "fire hydrant": ("消防栓", "个"),
    "stop sign": ("停车标志", "个"),
    "parking meter": ("停车计时器", "个"),
    "bench": ("长椅", "张"),
    "bird": ("鸟", "只"),
    "cat": ("猫", "只"),
    "dog": ("狗", "只"),
    "horse": ("马", "匹"),
    "sheep": ("羊", "只"),
    "cow": ("牛", "头"),
    "elephant": ("大象", "头"),
    "bear": ("熊", "头"),
    "zebra": ("斑马", "匹"),
    "giraffe": ("长颈鹿", "只"),
    "backpack": ("双肩包", "个"),
    "umbrella": ("伞", "把"),
    "handbag": ("手提包", "个"),
    "tie": ("领带", "条"),
    "suitcase": ("行李箱", "个"),
    "frisbee": ("飞盘", "个"),
    "skis": ("滑雪板（双板）", "副"),
    "snowboard": ("滑雪板（单板）", "块"),
    "sports ball": ("球", "个"),
    "kite": ("风筝", "只"),
    "baseball bat": ("棒球棒", "根"),
    "baseball glove": ("棒球手套", "只"),
    "skateboard": ("滑板", "块"),
    "surfboard": ("冲浪板", "块"),
    "tennis racket": ("网球拍", "支"),
    "bottle": ("瓶子", "个"),
    "wine glass": ("酒杯", "个"),
    "cup": ("杯子", "个"),
    "fork": ("叉子", "把"),
    "knife": ("刀", "把"),
    "spoon": ("勺子", "把"),
    "bowl": ("碗", "个"),
    "banana": ("香蕉", "根"),
    "apple": ("苹果", "个"),
    "sandwich": ("三明治", "个"),
    "orange": ("橙子", "个"),
    "broccoli": ("西兰花", "朵"),
    "carrot": ("胡萝卜", "根"),
    "hot dog": ("热狗", "个"),
    "pizza": ("披萨", "个"),
    "donut": ("甜甜圈", "个"),
    "cake": ("蛋糕", "块"),
    "chair": ("椅子", "把"),
    "couch": ("沙发", "张"),
    "potted plant": ("盆栽", "盆"),
    "bed": ("床", "张"),
    "dining table": ("餐桌", "张"),
    "toilet": ("马桶", "个"),
    "tv": ("电视", "台"),
    "laptop": ("笔记本电脑", "台"),
    "mouse": ("鼠标", "个"),
    "remote": ("遥控器", "个"),
    "keyboard": ("键盘", "个"),
    "cell phone": ("手机", "部"),
    "microwave": ("微波炉", "台"),
    "oven": ("烤箱", "台"),
    "toaster": ("烤面包机", "台"),
    "sink": ("水槽", "个"),
    "refrigerator": ("冰箱", "台"),
    "book": ("书", "本"),
    "clock": ("钟", "个"),
    "vase": ("花瓶", "个"),
    "scissors": ("剪刀", "把"),
    "teddy bear": ("泰迪熊", "只"),
    "hair drier": ("吹风机", "个"),
    "toothbrush": ("牙刷", "把"),
}


class ChineseObjects(ObjectWords):
    """A number takes the measure word of what is counted; two is 2 in figures, as everywhere on the page."""

    def name(self, label: str) -> str:
        """Return the name of a label."""
        return _KINDS.get(label, (label, ""))[0]

    def counted(self, label: str, count: int) -> str:
        """Return a number of objects in words."""
        name, measure = _KINDS.get(label, (label, "个"))
        return f"{count} {measure}{name}"


OBJECTS = ChineseObjects(
    places={
        "top left": "左上方",
        "top": "上方",
        "top right": "右上方",
        "left": "左侧",
        "middle": "中间",
        "right": "右侧",
        "bottom left": "左下方",
        "bottom": "下方",
        "bottom right": "右下方",
    },
    none="没有识别出物体。",
    perhaps="可能还有：{objects}",
    separator="、",
    placed="{place}有 {name}",
    alt="{picture}。图中物体：{objects}。",
)
