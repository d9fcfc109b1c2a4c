"""What stands in the registers of the demo: units, names of people, streets, lanes, estates and points."""

from dataclasses import dataclass

Path = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Territory:
    """A community or village: its cell on the map and the places on its ground."""

    name: str
    kind: str
    code: str
    population: int
    cell: tuple[int, int]
    grids: int
    streets: tuple[tuple[str, str, Path], ...]  # name, point type, line in (u, v)
    lanes: tuple[str, ...]
    estates: tuple[tuple[str, str], ...]
    points: tuple[tuple[str, str], ...]


_TOP: Path = ((0.0, 0.0), (0.5, 0.0), (1.0, 0.0))
_FOOT: Path = ((0.0, 1.0), (0.5, 1.0), (1.0, 1.0))
_WEST: Path = ((0.0, 0.0), (0.0, 0.5), (0.0, 1.0))
_EAST: Path = ((1.0, 0.0), (1.0, 0.5), (1.0, 1.0))
_ACROSS: Path = ((0.0, 0.48), (0.4, 0.5), (1.0, 0.52))
_DOWN: Path = ((0.52, 0.0), (0.5, 0.55), (0.47, 1.0))
_MAIN, _SHOPS = "road_main", "commercial_street"
_CELLS = {"managed": "residential_compound", "old": "old_compound"}

TERRITORIES = (
    Territory(
        "上洋村", "village", "200", 2860, (0, 0), 0, (("上洋村道", "market_town", _ACROSS),),
        ("上洋祠堂巷", "上洋水井巷", "上洋竹林巷"), (("上洋新村", "old"),),
        (("上洋村委会", "village"), ("上洋村垃圾收集点", "waste_station"), ("上洋水塘", "river"), ("上洋村文化广场", "square")),
    ),
    Territory(
        "石埔社区", "community", "001", 4380, (1, 0), 2, (("石埔路", _MAIN, _DOWN),),
        ("石埔一巷", "石埔二巷", "石埔三巷", "打石巷"), (("石埔安置房", "managed"), ("旧砖厂宿舍", "old")),
        (("石埔农贸市场", "farmers_market"), ("石埔幼儿园周边", "school_periphery"), ("石埔垃圾中转站", "waste_station"),
         ("石埔城中村", "urban_village"), ("石埔公交站台", "bus_stop")),
    ),
    Territory(
        "北门社区", "community", "002", 6120, (2, 0), 2, (("人民路北段", _MAIN, _FOOT), ("北环路", _MAIN, _TOP)),
        ("北门巷", "府学巷", "书院巷"), (("北苑小区", "managed"), ("粮食局宿舍", "old")),
        (("平川一中", "school"), ("平川一中周边", "school_periphery"), ("安和文化站", "culture_station"), ("北门公园", "park"),
         ("北门公厕", "public_toilet"), ("北门路口", "crossroad"), ("县图书馆", "cultural_venue")),
    ),
    Territory(
        "后林村", "village", "201", 2410, (3, 0), 0, (("后林村道", "market_town", _ACROSS),),
        ("后林大厝巷", "后林榕树巷"), (("后林新村", "old"),),
        (("后林村委会", "village"), ("后林村垃圾收集点", "waste_station"), ("后林烈士陵园", "patriot_base"), ("后林水库边", "river")),
    ),
    Territory(
        "西街社区", "community", "003", 5730, (0, 1), 0, (("西街", _SHOPS, _ACROSS), ("解放路西段", _MAIN, _FOOT)),
        ("文昌巷", "米市巷", "铁炉巷", "当铺巷"), (("西苑花园", "managed"), ("农机厂宿舍", "old")),
        (("西街菜市场", "farmers_market"), ("西街老年活动中心", "cultural_venue"), ("惠民药店西街店", "pharmacy"),
         ("西街公厕", "public_toilet"), ("西街口路口", "crossroad"), ("阿明海鲜大排档", "restaurant")),
    ),
    Territory(
        "中山社区", "community", "004", 7260, (1, 1), 2,
        (("中山大道", _MAIN, _DOWN), ("步行街", _SHOPS, _ACROSS), ("人民路中段", _MAIN, _TOP)),
        ("中山一巷", "钟楼巷", "绸缎巷"), (("中山花园", "managed"), ("百货大楼宿舍", "old")),
        (("县政务服务中心", "gov_service_hall"), ("县农商银行营业部", "bank_hall"), ("电信营业厅", "utility_hall"),
         ("万家乐超市", "mall_supermarket"), ("平川宾馆", "hotel"), ("人民影剧院", "cinema"), ("中山广场", "square"),
         ("钟楼路口", "crossroad"), ("飞越网吧", "internet_cafe"), ("中山公厕", "public_toilet")),
    ),
    Territory(
        "东门社区", "community", "005", 5200, (2, 1), 2, (("建设路", _MAIN, _EAST), ("解放路东段", _MAIN, _FOOT)),
        ("建设巷", "东门巷", "染布巷", "学前巷"), (("东门家园", "managed"), ("印刷厂宿舍", "old")),
        (("东门农贸市场", "farmers_market"), ("安和中心小学", "school"), ("东门街心公园", "park"), ("康泰药店东门店", "pharmacy"),
         ("老张饭店", "restaurant"), ("东门公交站台", "bus_stop"), ("东门转盘路口", "crossroad"), ("供电营业厅", "utility_hall")),
    ),
    Territory(
        "溪边社区", "community", "006", 3960, (3, 1), 0, (("滨溪路", _MAIN, ((0.62, 0.0), (0.6, 0.5), (0.66, 1.0))),),
        ("溪边一巷", "溪边二巷", "渡口巷"), (("溪岸名居", "managed"), ("造纸厂宿舍", "old")),
        (("平川溪溪边段", "river"), ("溪边公园", "park"), ("溪边垃圾收集点", "waste_station"), ("溪边桥头集市", "market_town"),
         ("溪边公厕", "public_toilet")),
    ),
    Territory(
        "下洋社区", "community", "007", 3540, (0, 2), 0, (("下洋路", _MAIN, _DOWN),),
        ("下洋前巷", "下洋后巷", "晒谷场巷"), (("下洋安置房", "managed"),),
        (("下洋党群服务中心门口", "office_building"), ("下洋农资市场", "farmers_market"), ("下洋垃圾收集点", "waste_station"),
         ("下洋公交站台", "bus_stop"), ("安居二期工地", "construction_site")),
    ),
    Territory(
        "城南社区", "community", "008", 4870, (1, 2), 2, (("城南路", _MAIN, _ACROSS),),
        ("城南一巷", "城南二巷", "城南三巷", "柴行巷"), (("城南新村", "managed"), ("化肥厂宿舍", "old")),
        (("安和汽车站", "bus_station"), ("城南小学", "school"), ("城南小学周边", "school_periphery"), ("城南快捷酒店", "hotel"),
         ("城南垃圾收集点", "waste_station"), ("城南路口", "crossroad"), ("阿美理发店", "shop_service")),
    ),
    Territory(
        "南门社区", "community", "009", 6480, (2, 2), 0, (("南门大街", _SHOPS, _DOWN), ("南环路", _MAIN, _FOOT)),
        ("南门巷", "灯笼巷", "酱园巷"), (("南门佳苑", "managed"), ("供销社宿舍", "old")),
        (("安和卫生院", "hospital"), ("南门购物广场", "mall_supermarket"), ("县青少年活动中心", "youth_center"),
         ("南门公交站台", "bus_stop"), ("惠民药店南门店", "pharmacy"), ("好滋味小吃店", "restaurant"), ("量贩KTV", "shop_service"),
         ("南门实践站", "practice_station")),
    ),
    Territory(
        "新桥村", "village", "202", 3120, (3, 2), 0, (("新桥村道", "market_town", _ACROSS),),
        ("新桥头巷", "新桥祖厝巷"), (("新桥新村", "old"),),
        (("新桥村委会", "village"), ("平川溪新桥段", "river"), ("新桥古桥景点", "scenic_spot"), ("新桥实践站", "practice_station"),
         ("新桥产业园工地", "construction_site")),
    ),
)  # fmt: skip
# 涉农社区: town at the edge of fields. The story of seed 004 is theirs.
RURAL = ("石埔社区", "溪边社区", "下洋社区", "城南社区")

# name, short code, trade (职能代码 of packs/departments), name and phone end of the contact
STATIONS = (
    ("安和城管中队", "AH-CG", "urban_mgmt", "赵刚"),
    ("安和环卫所", "AH-HW", "sanitation", "林海生"),
    ("安和市政管理站", "AH-SZ", "municipal", "叶志明"),
    ("安和园林站", "AH-YL", "landscaping", "柯文华"),
    ("安和交警中队", "AH-JJ", "traffic_police", "何勇"),
    ("安和派出所", "AH-PCS", "public_security", "苏建军"),
    ("安和市场监管所", "AH-SJ", "market_reg", "方丽萍"),
    ("安和消防救援站", "AH-XF", "fire", "丁磊"),
    ("安和供电所", "AH-GD", "power_telecom", "康伟"),
)
PARTNERS = (
    "县移动公司", "县税务局", "县教育局", "县供销社", "县融媒体中心", "县图书馆", "县农商银行", "县电信公司", "县邮政公司", "县档案馆",
    "县林业局", "县司法局", "县总工会", "团县委", "县妇联", "县气象局", "县自来水公司", "县人民医院", "县烟草公司", "县水利局",
)  # fmt: skip
CONTRACTOR = ("净美环境服务公司", "AH-JM")
COMPOUNDS = _CELLS

# People who have a name in the papers of the house; all others are made from the two lists below.
SECRETARIES = {
    "东门社区": "王芳", "西街社区": "马丽", "石埔社区": "洪志强", "溪边社区": "吕秀兰", "下洋社区": "蔡文彬", "城南社区": "许国平",
}  # fmt: skip
SURNAMES = "陈林黄张吴李王郑蔡杨许谢洪曾郭邱叶苏庄江何徐颜沈柯罗傅施彭余"
GIVEN = (
    "建华", "秀英", "志伟", "美玲", "文杰", "丽娟", "国强", "雅婷", "明辉", "淑贞", "永福", "晓东", "桂香", "少峰", "月娥", "俊杰",
    "金水", "惠敏", "天赐", "小燕", "德胜", "玉珍", "振宇", "佳慧", "福来", "春梅", "宏达", "思琪", "清河", "素云",
)  # fmt: skip
