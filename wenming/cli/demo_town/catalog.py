"""What goes wrong in the demo town: categories with their weight, words, picture, quantities and usual leader.

Descriptions follow handbook §5.3: where exactly, what, in which state, 10 to 25 characters; the place itself is
in the register and not repeated. {n} how many, {m} a house number, {k} a small number.
"""

import random
from dataclasses import dataclass

from wenming.ground.places.models import Place

HOME = "home"
CLEANERS = "cleaners"

# Which of our kinds of ground a place is: by its kind, or by its point type.
_BY_KIND = {"street": "street", "lane": "lane", "estate": "estate"}
_BY_TYPE = {
    "farmers_market": "market", "market_town": "market", "river": "river", "park": "park", "square": "park", "village": "village",
    "urban_village": "village", "waste_station": "waste", "school_periphery": "street", "bus_stop": "street", "crossroad": "street",
    "bus_station": "street", "public_toilet": "waste", "construction_site": "street", "restaurant": "shop", "mall_supermarket": "shop",
    "hotel": "shop", "pharmacy": "shop", "shop_service": "shop", "school": "street", "scenic_spot": "park",
}  # fmt: skip
_SCENES = {
    "street": "street", "lane": "lane", "estate": "estate", "market": "market", "river": "water", "park": "estate",
    "village": "lane", "waste": "street", "shop": "street",
}  # fmt: skip


@dataclass(frozen=True)
class Matter:
    """One category as it shows in this town."""

    code: str
    weight: int
    grounds: tuple[str, ...]
    picture: str
    lead: str  # HOME, CLEANERS or the trade of a station
    words: tuple[str, ...]
    measures: tuple[str, ...]
    quantities: tuple[tuple[str, int, int], ...] = ()
    small: bool = False  # can be put right on the spot
    long: bool = False  # may end in 挂账: needs a project or money


def ground_of(place: Place) -> str:
    """The kind of ground of a place; empty for places where the demo finds nothing."""
    if place.kind in _BY_KIND and place.point_type != "market_town":
        return _BY_KIND[place.kind]
    return _BY_TYPE.get(place.point_type, "")


def scene_of(place: Place) -> str:
    """Background of its pictures."""
    return _SCENES.get(ground_of(place), "street")


def describe(matter: Matter, dice: random.Random) -> tuple[str, int]:
    """A description and the number in it."""
    amount = dice.choice((1, 2, 2, 3, 3, 4, 5, 6))
    text = dice.choice(matter.words)
    return text.format(n=amount, m=dice.randrange(3, 180), k=dice.randrange(1, 5)), amount


def possible(place: Place, *, small: bool = False) -> list[Matter]:
    """Matters that can turn up at the place."""
    ground = ground_of(place)
    return [matter for matter in MATTERS if ground in matter.grounds and (matter.small or not small)]


MATTERS = (
    Matter("06010", 20, ("street", "lane", "estate", "village", "river", "market"), "bags", CLEANERS,
           ("{m}号门前堆放{n}袋生活垃圾", "中段墙角{n}处垃圾未清扫", "{m}号旁空地{n}处暴露垃圾", "花坛后侧{n}袋垃圾无人清运"),
           ("已清运并冲洗地面", "组织保洁员清理，补设提示牌", "清理干净，增加一次巡回保洁"), (("garbage_loads", 1, 3),), small=True),
    Matter("06042", 12, ("street", "lane", "estate", "waste", "market"), "bin", CLEANERS,
           ("入口处{n}个垃圾桶满溢", "{m}号旁垃圾桶满溢、桶外散落", "{n}个分类桶满溢且桶身污浊"),
           ("已清运并清洗桶身", "增加一次清运，桶周冲洗干净"), (("garbage_loads", 1, 2),), small=True),
    Matter("06012", 5, ("street", "market", "shop"), "puddle", CLEANERS,
           ("{m}号店前路面油污{n}处未清洗", "人行道泥浆污渍约{n}米"), ("高压冲洗完毕", "已洗扫，通知商户落实门前三包"), (), small=True),
    Matter("06036", 12, ("lane", "estate", "village"), "clutter", HOME,
           ("{m}号屋后堆放{n}堆木料杂物", "{m}号门前杂物占道约{n}米", "东侧空地堆放柴草{n}堆", "拐角处堆放废旧建材{n}堆"),
           ("劝导住户清理，恢复通行", "组织党员志愿者协助清理完毕"), (("piles_cleared", 1, 4), ("labor_cadre", 2, 8))),
    Matter("06035", 4, ("lane", "estate"), "clutter", HOME,
           ("{m}号旁丢弃旧沙发{n}件", "垃圾桶旁丢弃旧家具{n}件"), ("已联系清运", "已清运并张贴预约电话"), (("garbage_loads", 1, 1),)),
    Matter("07001", 11, ("street", "lane", "estate", "waste"), "posters", HOME,
           ("{m}号墙面张贴小广告{n}张", "{n}根电线杆上张贴小广告", "{k}单元楼道口小广告{n}处", "巷口墙面喷涂小广告{n}处"),
           ("已铲除并粉刷覆盖", "已清除，不留痕迹"), (("ads_removed", 3, 24),), small=True),
    Matter("09010", 14, ("street", "lane", "estate", "shop", "market"), "bikes", HOME,
           ("{m}号门口{n}辆电动车未入线停放", "人行道{n}辆电动车占压盲道", "{k}幢楼下{n}辆电动车乱停放", "入口处{n}辆电动车堵住通道"),
           ("已摆放入线并劝导车主", "增划停车线，已摆放整齐"), (("parking_fixed", 2, 9),), small=True),
    Matter("09009", 7, ("street", "shop"), "cars", "traffic_police",
           ("路口东侧{n}辆汽车占道停放", "{m}号前人行道停放汽车{n}辆", "公交站旁{n}辆汽车未入位停放"),
           ("已劝离并处罚", "已拖离，加装隔离桩"), (("parking_fixed", 1, 4), ("labor_chengguan", 2, 4))),
    Matter("09006", 6, ("street", "market"), "stall", "urban_mgmt",
           ("路口{n}个水果摊占道经营", "{m}号前{n}个小吃摊占道经营", "公交站旁{n}处流动摊点"),
           ("已劝离，引导进入疏导点", "现场劝导并加强错时巡查"), (("stalls_handled", 1, 5), ("labor_chengguan", 2, 6))),
    Matter("09005", 6, ("street", "market", "shop"), "stall", "urban_mgmt",
           ("{m}号店门前货架超出门线{n}米", "{m}号店外摆放桌椅{n}套", "{n}家店铺货物摆到人行道"),
           ("货物已入店，签订责任书", "已劝导收回，落实门前三包"), (("stalls_handled", 1, 4),)),
    Matter("09020", 4, ("market",), "stall", "market_reg",
           ("熟食区{n}个摊位超线摆放", "水产区{n}个摊位污水横流", "蔬菜区通道堆放菜筐{n}处"),
           ("市场方已整理归位", "约谈市场方，恢复秩序"), (("goods_seized", 2, 9),)),
    Matter("L0101", 5, ("estate", "lane"), "wires", HOME,
           ("{k}幢{k}单元{n}处飞线充电", "{m}号门前拉线充电{n}处"), ("拆除拉线，引导到充电棚", "现场拆除并上门宣传"), (), small=True),
    Matter("L0102", 6, ("estate",), "clutter", HOME,
           ("{k}幢{k}单元楼道堆放鞋柜杂物", "{k}幢门厅堆放纸箱{n}堆", "{k}幢二层平台停放电动车{n}辆"),
           ("已清理，通道恢复畅通", "上门劝导，限时清空"), (("piles_cleared", 1, 3),)),
    Matter("L0120", 5, ("lane", "estate", "village", "street"), "puddle", "municipal",
           ("{m}号旁污水井外溢约{n}平方米", "巷中化粪池冒溢{n}处", "雨污管堵塞，路面积污水{n}处"),
           ("已疏通并冲洗", "更换破损管段并疏通"), (("sewage_fixed", 1, 2), ("drain_m", 6, 40)), long=True),
    Matter("06013", 6, ("street", "lane", "village"), "hole", "municipal",
           ("{m}号门前路面破损{n}处", "中段地砖松动缺失{n}块", "路口沉陷约{n}平方米"), ("已修补平整", "重新铺设并养护"), (("labor_hired", 2, 6),), long=True),
    Matter("06008", 4, ("lane", "estate"), "wires", "power_telecom",
           ("{m}号上方线缆乱拉{n}处", "巷口三线交越下垂{n}处"), ("已捆扎入槽", "协调各线主统一整理"), (), long=True),
    Matter("06017", 7, ("street", "park", "estate"), "weeds", "landscaping",
           ("树池绿化带内烟头垃圾{n}处", "绿地内杂草丛生约{n}平方米", "花坛内塑料袋纸屑{n}处"), ("已清理并补植", "已除草保洁"), (("garbage_loads", 1, 1),)),
    Matter("06007", 4, ("street", "lane", "park"), "laundry", HOME,
           ("护栏上晾晒衣被{n}件", "行道树间拉绳晾衣{n}处", "{m}号临街晾晒被褥{n}床"), ("已劝导收回", "已收回，增设公共晾晒架"), (), small=True),
    Matter("L0119", 4, ("lane", "street", "village"), "lamp", "municipal",
           ("{m}号附近{n}盏路灯不亮", "巷口至{m}号{n}盏路灯损坏"), ("已更换灯具", "修复线路，恢复照明"), ()),
    Matter("07008", 4, ("street", "estate", "park", "village"), "board", HOME,
           ("入口处公益广告褪色破损{n}块", "宣传栏画面脱落{n}幅"), ("已更换画面", "重新制作安装"), (("psa_sites", 1, 3),)),
    Matter("06011", 4, ("lane", "village", "street"), "clutter", HOME,
           ("{m}号旁堆放装修垃圾{n}堆", "空地倾倒建筑渣土{n}车"), ("已清运，追查倾倒人", "清运完毕并设围挡"), (("debris_spots", 1, 3), ("garbage_loads", 1, 4))),
    Matter("06025", 3, ("river",), "bags", HOME,
           ("桥下水面漂浮垃圾{n}处", "岸坡散落白色垃圾{n}处"), ("已打捞清运", "组织志愿者清河"), (("garbage_loads", 1, 2), ("labor_partner", 4, 12))),
    Matter("06038", 2, ("village", "lane"), "clutter", HOME,
           ("{m}号屋后圈养鸡鸭{n}只", "空地搭棚养鸡{n}只"), ("已劝导圈养入户", "拆除简易棚，清理粪污"), ()),
    Matter("L0105", 2, ("park", "estate"), "weeds", "public_security",
           ("花坛边犬粪{n}处未清理", "健身区有人遛犬不牵绳{n}起"), ("已清理并现场劝导", "增设拾便箱，上门宣传"), ()),
    Matter("09012", 2, ("estate", "shop"), "cars", "fire",
           ("{k}幢旁消防通道停放汽车{n}辆", "后门消防通道堆物{n}处"), ("已清空并补划标线",), ()),
    Matter("06001", 2, ("lane", "estate", "village"), "clutter", "urban_mgmt",
           ("{m}号屋顶搭建铁皮棚{n}间", "{m}号院外搭建雨棚{n}处"), ("已拆除", "当事人自行拆除完毕"), (("awnings_removed", 1, 2),), long=True),
)  # fmt: skip
BY_CODE = {matter.code: matter for matter in MATTERS}
