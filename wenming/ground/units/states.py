"""Kinds of unit (handbook §3.2, §9.1)."""

COUNTY = "county"
TOWN = "town"
COMMUNITY = "community"
VILLAGE = "village"
GRID = "grid"
DEPARTMENT = "department"
STATION = "station"
OFFICE = "office"
PARTNER = "partner"
CONTRACTOR = "contractor"

KINDS = [
    (COUNTY, "县（市、区）"),
    (TOWN, "镇（街道）"),
    (COMMUNITY, "社区"),
    (VILLAGE, "村"),
    (GRID, "网格"),
    (DEPARTMENT, "部门"),
    (STATION, "站所"),
    (OFFICE, "创城办"),
    (PARTNER, "共建单位"),
    (CONTRACTOR, "承包单位"),
]
# Which kinds may hang below which: the tree county → town → community/village → grid, the rest beside it.
BELOW: dict[str, set[str]] = {
    COUNTY: {TOWN, DEPARTMENT, STATION, OFFICE, PARTNER, CONTRACTOR},
    TOWN: {COMMUNITY, VILLAGE, DEPARTMENT, STATION, OFFICE, PARTNER, CONTRACTOR},
    COMMUNITY: {GRID},
    VILLAGE: {GRID},
    GRID: set(),
    DEPARTMENT: set(),
    STATION: set(),
    OFFICE: set(),
    PARTNER: set(),
    CONTRACTOR: set(),
}
# Units that answer for a piece of ground; the others answer for a trade.
TERRITORIAL = {COUNTY, TOWN, COMMUNITY, VILLAGE, GRID}
RESIDENTIAL = {COMMUNITY, VILLAGE}
# Groups in which units are compared with each other, never all in one pot (handbook §4.3).
GROUPS: dict[str, str] = {
    COMMUNITY: "社区",
    VILLAGE: "村",
    DEPARTMENT: "部门站所",
    STATION: "部门站所",
    PARTNER: "共建单位",
    CONTRACTOR: "承包单位",
}
