"""Chinese captions: measure words, attributes before the noun, place before the verb. Knows no pixels."""

from __future__ import annotations

import random

from pawlette.words.scene import Creature, Scene
from pawlette.words.things import held_item, split_colour

ANIMALS = {
    "panda": "熊猫 大熊猫", "dolphin": "海豚", "bunny": "兔子 小兔子", "elephant": "大象", "parrot": "鹦鹉",
    "cat": "猫 猫咪", "dog": "狗 狗狗", "bear": "熊", "polar bear": "北极熊", "fox": "狐狸",
    "red panda": "小熊猫", "koala": "考拉", "lion": "狮子", "tiger": "老虎", "leopard": "豹子",
    "pig": "猪 猪猪", "mouse": "老鼠", "hamster": "仓鼠", "squirrel": "松鼠", "monkey": "猴子",
    "cow": "奶牛", "horse": "马", "unicorn": "独角兽", "zebra": "斑马", "giraffe": "长颈鹿",
    "sheep": "绵羊", "goat": "山羊", "deer": "鹿", "hippo": "河马", "raccoon": "浣熊", "wolf": "狼",
    "sloth": "树懒", "otter": "水獭", "hedgehog": "刺猬", "kangaroo": "袋鼠", "frog": "青蛙",
    "turtle": "乌龟", "crocodile": "鳄鱼", "dinosaur": "恐龙", "dragon": "龙", "snake": "蛇",
    "chick": "小鸡", "penguin": "企鹅", "owl": "猫头鹰", "duck": "鸭子", "flamingo": "火烈鸟",
    "toucan": "巨嘴鸟", "rooster": "公鸡", "whale": "鲸鱼", "fish": "鱼", "shark": "鲨鱼",
    "octopus": "章鱼", "jellyfish": "水母", "crab": "螃蟹", "seal": "海豹", "snail": "蜗牛",
    "butterfly": "蝴蝶", "bee": "蜜蜂", "ladybug": "瓢虫", "caterpillar": "毛毛虫",
}  # fmt: skip
MEASURES = {
    "elephant": "头", "cow": "头", "pig": "头", "lion": "头", "horse": "匹", "zebra": "匹", "fish": "条",
    "snake": "条", "dragon": "条", "whale": "头", "crocodile": "条", "shark": "条", "wolf": "匹",
    "caterpillar": "条",
}  # fmt: skip
COLOURS = {
    "white": "白", "black": "黑", "grey": "灰", "brown": "棕", "orange": "橙", "yellow": "黄", "pink": "粉",
    "purple": "紫", "blue": "蓝", "green": "绿", "red": "红", "golden": "金", "colourful": "彩",
    "black and white": "黑白",
}  # fmt: skip
LOOKS = {
    "fluffy": ("毛茸茸的",),
    "tiny": ("小小的", "很小的"),
    "big": ("大大的", "很大的"),
    "round": ("圆圆的", "圆滚滚的"),
}
MOODS = {
    "smiling": ("微笑的", "笑着的"), "happy": ("开心的", "快乐的", "高兴的"),
    "laughing": ("大笑的", "哈哈笑的"), "sleepy": ("困倦的", "犯困的"), "winking": ("眨眼的", "眨着眼的"),
    "surprised": ("惊讶的", "吃惊的"),
}  # fmt: skip
WORN = {
    "hat": "帽子", "party hat": "派对帽", "crown": "皇冠", "bow": "蝴蝶结", "scarf": "围巾",
    "glasses": "眼镜", "flower crown": "花环",
}  # fmt: skip
HELD = {"balloon": "气球", "heart": "爱心", "flower": "花", "gift": "礼物"}
PLACES = {
    "meadow": ("草地上", "草原上"), "forest": ("森林里", "树林里"), "beach": ("海滩上", "沙滩上"),
    "snow": ("雪地里", "雪地上"), "under water": ("水下", "海里", "海底"),
    "party": ("派对上", "生日派对上"), "bedroom": ("卧室里",), "garden": ("花园里",),
    "mountains": ("山里", "山间"), "city": ("城市里",), "desert": ("沙漠里", "沙漠中"),
    "space": ("太空里", "太空中"), "farm": ("农场里", "农场上"),
}  # fmt: skip
WEATHER = {
    "rainbow": ("彩虹下",), "raining": ("雨中", "雨里"), "snowing": ("飘雪中", "雪中"),
    "sunny": ("阳光下",), "cloudy": ("多云的天空下", "阴天里"),
}  # fmt: skip
TIMES = {"night": ("夜晚", "晚上", "夜里"), "sunset": ("日落时", "黄昏"), "day": ("白天",)}
SEASONS: dict[str, tuple[str, ...]] = {
    "spring": ("春天", "春天里"),
    "summer": ("夏天", "夏天里"),
    "autumn": ("秋天", "秋天里"),
    "winter": ("冬天", "冬天里"),
}
ACTIONS = {
    "waving": ("挥手", "招手"), "jumping": ("跳跃", "跳"), "sleeping": ("睡觉",), "swimming": ("游泳",),
    "flying": ("飞翔", "飞"),
}  # fmt: skip
TOLD = 0.92  # how often what is worn, done and felt is told
STANCES = {"sitting": "坐", "standing": "站"}


def chinese_caption(scene: Scene, rng: random.Random, sticker: bool = False) -> str:
    """One sentence: "一只戴着红围巾的粉色大象", "夜晚，两只熊猫在草地上挥手"."""
    told = _Told(scene, rng)
    text = told.before() + told.animals() + told.after()
    if scene.transparent:
        text += rng.choice(("，贴纸", "的贴纸", "，白边贴纸") if sticker else ("，透明背景", "，没有背景"))
    opening = rng.choice(("", "", "", "", "", "画", "请画", "一幅画："))
    return opening + text if not told.when or not opening else text


class _Told:
    """What one sentence tells of a scene; each slot is decided once, and where and when is always told."""

    def __init__(self, scene: Scene, rng: random.Random) -> None:
        def pick(table: dict[str, tuple[str, ...]], value: str | None) -> str:
            return rng.choice(table[value]) if value else ""

        self.rng, self.creatures = rng, scene.creatures
        self.when = pick(SEASONS, scene.season) + pick(TIMES, scene.time)
        self.where = [words for words in (pick(PLACES, scene.place), pick(WEATHER, scene.weather)) if words]
        self.mood = pick(MOODS, scene.mood) if rng.random() < TOLD else ""
        self.action = scene.action if scene.action and rng.random() < TOLD else None
        self.worn = [_wearing(words, rng) for words in scene.accessories] if rng.random() < TOLD else []

    def before(self) -> str:
        return f"{self.when}，" if self.when else ""

    def animals(self) -> str:
        """The subject; what all of several kinds wear or hold is said after it."""
        one_kind = len(self.creatures) == 1
        worn = [*self.worn, *self._held()] if one_kind else []
        front = "".join(f"{words}的" for words in worn)
        kinds = enumerate(self.creatures)
        return "和".join(self._creature(creature, front, "" if i else self.mood) for i, creature in kinds)

    def after(self) -> str:
        tail = self._place_and_action()
        if len(self.creatures) > 1:
            for words in (*self.worn, *self._held()):
                tail += f"，都{words}"
        return tail

    def _held(self) -> list[str]:
        item = held_item(self.action)
        return [_holding(item, self.rng)] if item else []

    def _place_and_action(self) -> str:
        where, action = "、".join(self.where), self.action
        if action in STANCES:
            return f"{STANCES[action]}在{where}" if where else f"{STANCES[action]}着"
        doing = self.rng.choice(ACTIONS[action]) if action in ACTIONS else ""
        if not where and not doing:
            return ""
        return f"在{where}{doing}"

    def _creature(self, creature: Creature, front: str, mood: str) -> str:
        rng = self.rng
        words = [rng.choice(LOOKS[look]) for look in creature.looks if rng.random() < TOLD]
        words += [mood] if mood else []
        words += ["可爱的"] if rng.random() < 0.2 else []
        rng.shuffle(words)
        colour = ""
        if creature.colour:  # always told: an unnamed colour is the natural one
            colour = COLOURS[creature.colour] + rng.choice(("色", "色", "色的"))
        return self._number(creature) + front + "".join(words) + colour + self._noun(creature)

    def _noun(self, creature: Creature) -> str:
        names = ANIMALS[creature.animal].split()
        name = self.rng.choice(names[:2] if creature.colour else names)
        if creature.baby:
            if name.startswith("小") or creature.animal == "panda":  # 小熊猫 is the red panda
                return name + "宝宝"
            return self.rng.choice((f"{name}宝宝", f"小{name}"))
        return name

    def _number(self, creature: Creature) -> str:
        if creature.count == 1 and len(self.creatures) == 1 and self.rng.random() < 0.12:
            return ""
        measure = MEASURES.get(creature.animal, "只") if self.rng.random() < 0.7 else "只"
        return "零一两三"[creature.count] + measure


def _wearing(words: str, rng: random.Random) -> str:
    colour, name = split_colour(words)
    shade = COLOURS[colour] + rng.choice(("", "色", "色的")) if colour else ""
    return rng.choice(("戴着", "戴着", "戴")) + shade + WORN[name]


def _holding(item: str, rng: random.Random) -> str:
    colour, name = split_colour(item)
    shade = COLOURS[colour] + rng.choice(("", "色", "色的")) if colour else ""
    measure = (
        "" if rng.random() < 0.4 else {"flower": "一朵", "heart": "一颗", "gift": "一份"}.get(name, "一个")
    )
    return (
        rng.choice(("拿着", "拿着", "抱着" if name in ("heart", "gift") else "拿着"))
        + measure
        + shade
        + HELD[name]
    )
