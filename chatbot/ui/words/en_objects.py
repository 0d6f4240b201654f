"""The objects in a picture, in English: COCO's 80 kinds."""

from __future__ import annotations

from chatbot.ui.words.object_words import ObjectName, ObjectWords
from pipelines.core.marks import _, ngettext

OBJECTS = ObjectWords(
    kinds={
        "person": ObjectName(_("person"), ngettext("{count} person", "{count} people")),
        "bicycle": ObjectName(_("bicycle"), ngettext("{count} bicycle", "{count} bicycles")),
        "car": ObjectName(_("car"), ngettext("{count} car", "{count} cars")),
        "motorcycle": ObjectName(_("motorcycle"), ngettext("{count} motorcycle", "{count} motorcycles")),
        "airplane": ObjectName(_("airplane"), ngettext("{count} airplane", "{count} airplanes")),
        "bus": ObjectName(_("bus"), ngettext("{count} bus", "{count} buses")),
        "train": ObjectName(_("train"), ngettext("{count} train", "{count} trains")),
        "truck": ObjectName(_("truck"), ngettext("{count} truck", "{count} trucks")),
        "boat": ObjectName(_("boat"), ngettext("{count} boat", "{count} boats")),
        "traffic light": ObjectName(
            _("traffic light"), ngettext("{count} traffic light", "{count} traffic lights")
        ),
        "fire hydrant": ObjectName(
            _("fire hydrant"), ngettext("{count} fire hydrant", "{count} fire hydrants")
        ),
        "stop sign": ObjectName(_("stop sign"), ngettext("{count} stop sign", "{count} stop signs")),
        "parking meter": ObjectName(
            _("parking meter"), ngettext("{count} parking meter", "{count} parking meters")
        ),
        "bench": ObjectName(_("bench"), ngettext("{count} bench", "{count} benches")),
        "bird": ObjectName(_("bird"), ngettext("{count} bird", "{count} birds")),
        "cat": ObjectName(_("cat"), ngettext("{count} cat", "{count} cats")),
        "dog": ObjectName(_("dog"), ngettext("{count} dog", "{count} dogs")),
        "horse": ObjectName(_("horse"), ngettext("{count} horse", "{count} horses")),
        "sheep": ObjectName(_("sheep"), ngettext("{count} sheep", "{count} sheep")),
        "cow": ObjectName(_("cow"), ngettext("{count} cow", "{count} cows")),
        "elephant": ObjectName(_("elephant"), ngettext("{count} elephant", "{count} elephants")),
        "bear": ObjectName(_("bear"), ngettext("{count} bear", "{count} bears")),
        "zebra": ObjectName(_("zebra"), ngettext("{count} zebra", "{count} zebras")),
        "giraffe": ObjectName(_("giraffe"), ngettext("{count} giraffe", "{count} giraffes")),
        "backpack": ObjectName(_("backpack"), ngettext("{count} backpack", "{count} backpacks")),
        "umbrella": ObjectName(_("umbrella"), ngettext("{count} umbrella", "{count} umbrellas")),
        "handbag": ObjectName(_("handbag"), ngettext("{count} handbag", "{count} handbags")),
        "tie": ObjectName(_("tie"), ngettext("{count} tie", "{count} ties")),
        "suitcase": ObjectName(_("suitcase"), ngettext("{count} suitcase", "{count} suitcases")),
        "frisbee": ObjectName(_("frisbee"), ngettext("{count} frisbee", "{count} frisbees")),
        "skis": ObjectName(_("skis"), ngettext("{count} skis", "{count} skis")),
        "snowboard": ObjectName(_("snowboard"), ngettext("{count} snowboard", "{count} snowboards")),
        "sports ball": ObjectName(_("sports ball"), ngettext("{count} sports ball", "{count} sports balls")),
        "kite": ObjectName(_("kite"), ngettext("{count} kite", "{count} kites")),
        "baseball bat": ObjectName(
            _("baseball bat"), ngettext("{count} baseball bat", "{count} baseball bats")
        ),
        "baseball glove": ObjectName(
            _("baseball glove"), ngettext("{count} baseball glove", "{count} baseball gloves")
        ),
        "skateboard": ObjectName(_("skateboard"), ngettext("{count} skateboard", "{count} skateboards")),
        "surfboard": ObjectName(_("surfboard"), ngettext("{count} surfboard", "{count} surfboards")),
        "tennis racket": ObjectName(
            _("tennis racket"), ngettext("{count} tennis racket", "{count} tennis rackets")
        ),
        "bottle": ObjectName(_("bottle"), ngettext("{count} bottle", "{count} bottles")),
        "wine glass": ObjectName(_("wine glass"), ngettext("{count} wine glass", "{count} wine glasses")),
        "cup": ObjectName(_("cup"), ngettext("{count} cup", "{count} cups")),
        "fork": ObjectName(_("fork"), ngettext("{count} fork", "{count} forks")),
        "knife": ObjectName(_("knife"), ngettext("{count} knife", "{count} knives")),
        "spoon": ObjectName(_("spoon"), ngettext("{count} spoon", "{count} spoons")),
        "bowl": ObjectName(_("bowl"), ngettext("{count} bowl", "{count} bowls")),
        "banana": ObjectName(_("banana"), ngettext("{count} banana", "{count} bananas")),
        "apple": ObjectName(_("apple"), ngettext("{count} apple", "{count} apples")),
        "sandwich": ObjectName(_("sandwich"), ngettext("{count} sandwich", "{count} sandwiches")),
        "orange": ObjectName(_("orange"), ngettext("{count} orange", "{count} oranges")),
        "broccoli": ObjectName(_("broccoli"), ngettext("{count} broccoli", "{count} broccoli")),
        "carrot": ObjectName(_("carrot"), ngettext("{count} carrot", "{count} carrots")),
        "hot dog": ObjectName(_("hot dog"), ngettext("{count} hot dog", "{count} hot dogs")),
        "pizza": ObjectName(_("pizza"), ngettext("{count} pizza", "{count} pizzas")),
        "donut": ObjectName(_("donut"), ngettext("{count} donut", "{count} donuts")),
        "cake": ObjectName(_("cake"), ngettext("{count} cake", "{count} cakes")),
        "chair": ObjectName(_("chair"), ngettext("{count} chair", "{count} chairs")),
        "couch": ObjectName(_("couch"), ngettext("{count} couch", "{count} couches")),
        "potted plant": ObjectName(
            _("potted plant"), ngettext("{count} potted plant", "{count} potted plants")
        ),
        "bed": ObjectName(_("bed"), ngettext("{count} bed", "{count} beds")),
        "dining table": ObjectName(
            _("dining table"), ngettext("{count} dining table", "{count} dining tables")
        ),
        "toilet": ObjectName(_("toilet"), ngettext("{count} toilet", "{count} toilets")),
        "tv": ObjectName(_("TV"), ngettext("{count} TV", "{count} TVs")),
        "laptop": ObjectName(_("laptop"), ngettext("{count} laptop", "{count} laptops")),
        "mouse": ObjectName(_("mouse"), ngettext("{count} mouse", "{count} mice")),
        "remote": ObjectName(_("remote"), ngettext("{count} remote", "{count} remotes")),
        "keyboard": ObjectName(_("keyboard"), ngettext("{count} keyboard", "{count} keyboards")),
        "cell phone": ObjectName(
            _("mobile phone"), ngettext("{count} mobile phone", "{count} mobile phones")
        ),
        "microwave": ObjectName(_("microwave"), ngettext("{count} microwave", "{count} microwaves")),
        "oven": ObjectName(_("oven"), ngettext("{count} oven", "{count} ovens")),
        "toaster": ObjectName(_("toaster"), ngettext("{count} toaster", "{count} toasters")),
        "sink": ObjectName(_("sink"), ngettext("{count} sink", "{count} sinks")),
        "refrigerator": ObjectName(
            _("refrigerator"), ngettext("{count} refrigerator", "{count} refrigerators")
        ),
        "book": ObjectName(_("book"), ngettext("{count} book", "{count} books")),
        "clock": ObjectName(_("clock"), ngettext("{count} clock", "{count} clocks")),
        "vase": ObjectName(_("vase"), ngettext("{count} vase", "{count} vases")),
        "scissors": ObjectName(_("scissors"), ngettext("{count} scissors", "{count} scissors")),
        "teddy bear": ObjectName(_("teddy bear"), ngettext("{count} teddy bear", "{count} teddy bears")),
        "hair drier": ObjectName(_("hair drier"), ngettext("{count} hair drier", "{count} hair driers")),
        "toothbrush": ObjectName(_("toothbrush"), ngettext("{count} toothbrush", "{count} toothbrushes")),
    },
    other=ngettext("{count} {name}", "{count} {names}"),
    places={
        "top left": _("at the top left"),
        "top": _("at the top"),
        "top right": _("at the top right"),
        "left": _("on the left"),
        "middle": _("in the middle"),
        "right": _("on the right"),
        "bottom left": _("at the bottom left"),
        "bottom": _("at the bottom"),
        "bottom right": _("at the bottom right"),
    },
    none=_("No objects recognised."),
    perhaps=_("Perhaps also: {objects}"),
    separator=_(", "),
    placed=_("{name} {place}"),
    alt=_("{picture}. Objects: {objects}."),
)
