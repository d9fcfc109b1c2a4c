"""Kinds of place and of duty."""

STREET = "street"
LANE = "lane"
ESTATE = "estate"
POINT = "point"
ZONE = "zone"
KINDS = [(STREET, "主次干道"), (LANE, "背街小巷"), (ESTATE, "小区"), (POINT, "实地考察点"), (ZONE, "区域")]

# Where a coordinate comes from; kept because accuracy differs (handbook §9.3).
SOURCES = [
    ("gps", "手机定位"),
    ("map", "地图选点"),
    ("survey", "测绘资料"),
    ("import", "表格导入"),
    ("none", "未采集"),
]

STREET_CHIEF = "street_chief"
LANE_CHIEF = "lane_chief"
BLOCK_LEADER = "block_leader"
GRID_WORKER = "grid_worker"
CADRE = "cadre"
DUTIES = [
    (STREET_CHIEF, "街长"),
    (LANE_CHIEF, "巷长"),
    (BLOCK_LEADER, "楼长"),
    (GRID_WORKER, "网格员"),
    (CADRE, "包联干部"),
]
