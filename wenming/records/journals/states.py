"""Words of the room: states of a record and of a decision, ways of entering, kinds of fields, who enters."""

from wenming.ground.units import states as kinds

ENTERED, CORRECTED, STRUCK = "entered", "corrected", "struck"
STATES = [(ENTERED, "已入账"), (CORRECTED, "已被更正"), (STRUCK, "已冲销")]
LABELS = dict(STATES)

OPEN, DONE, DROPPED = "open", "done", "dropped"
DECISION_STATES = [(OPEN, "待落实"), (DONE, "已落实"), (DROPPED, "已取消")]

FORM, PHONE, SHEET, PASTE = "form", "phone", "sheet", "paste"
WAYS = [(FORM, "工作台填报"), (PHONE, "手机填报"), (SHEET, "表格导入"), (PASTE, "粘贴导入")]

TEXT, LONG, NUMBER, MONEY, DATE, TIME = "text", "long", "number", "money", "date", "time"
CHOICE, CHOICES, UNIT, PLACE, PEOPLE = "choice", "choices", "unit", "place", "people"
FIELD_KINDS = [
    (TEXT, "一行文字"), (LONG, "多行文字"), (NUMBER, "数量"), (MONEY, "金额（元）"), (DATE, "日期"), (TIME, "时间"),
    (CHOICE, "单选"), (CHOICES, "多选"), (UNIT, "单位"), (PLACE, "点位"), (PEOPLE, "人员名单"),
]  # fmt: skip
COUNTABLE = (NUMBER, MONEY)

WANTED, OPTIONAL, NO_PHOTOS = "wanted", "optional", "none"
PHOTOS = [(WANTED, "最好附照片"), (OPTIONAL, "可附照片"), (NO_PHOTOS, "不用照片")]

# Whose people enter a kind of record, by the kind of unit their post is at.
OFFICE, RESIDENTIAL, GRID, STATION, PARTNER = "office", "community", "grid", "station", "partner"
GROUPS = [
    (OFFICE, "创城办和镇机关"), (RESIDENTIAL, "社区（村）"), (GRID, "网格员"), (STATION, "站所、部门"),
    (PARTNER, "共建单位"),
]  # fmt: skip
GROUP_OF = {
    kinds.COUNTY: OFFICE, kinds.TOWN: OFFICE, kinds.OFFICE: OFFICE, kinds.COMMUNITY: RESIDENTIAL,
    kinds.VILLAGE: RESIDENTIAL, kinds.GRID: GRID, kinds.DEPARTMENT: STATION, kinds.STATION: STATION,
    kinds.PARTNER: PARTNER,
}  # fmt: skip
