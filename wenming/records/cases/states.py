"""The life of a case, on one page (handbook §3.2 seven steps, §5.1; GB/T 30428.8 words).

`STEPS` is the transition table: every deed looks up its own row here and nowhere else.
"""

from dataclasses import dataclass

from wenming.common.errors import DomainError
from wenming.ground.people.permissions import P

REPORTED = "reported"
REFUSED = "refused"
REGISTERED = "registered"
DISPATCHED = "dispatched"
HANDLING = "handling"
RETURNED = "returned"
VERIFYING = "verifying"
SUSPENDED = "suspended"
CLOSED = "closed"
MERGED = "merged"
SPLIT = "split"

STATES = [
    (REPORTED, "待受理"),
    (REFUSED, "不予受理"),
    (REGISTERED, "待派遣"),
    (DISPATCHED, "待签收"),
    (HANDLING, "处置中"),
    (RETURNED, "退单待裁定"),
    (VERIFYING, "待核查"),
    (SUSPENDED, "挂账"),
    (CLOSED, "已结案"),
    (MERGED, "已并案"),
    (SPLIT, "已拆分"),
]
LABELS = dict(STATES)
# States in which somebody still has to do something.
OPEN = [REPORTED, REGISTERED, DISPATCHED, HANDLING, RETURNED, VERIFYING, SUSPENDED]
# States in which the handling unit holds the case and its clock runs.
RUNNING = [DISPATCHED, HANDLING]


@dataclass(frozen=True)
class Step:
    """One move: where it may start, where it ends (None: stays), and the permission it needs."""

    code: str
    name: str
    from_states: tuple[str, ...]
    to_state: str | None
    permission: P | None


_TABLE = [
    Step("refuse", "不予受理", (REPORTED,), REFUSED, P.CASE_REGISTER),
    Step("register", "立案", (REPORTED,), REGISTERED, P.CASE_REGISTER),
    Step("merge", "并案", (REPORTED, REGISTERED), MERGED, P.CASE_REGISTER),
    Step("split", "拆分", (REGISTERED,), SPLIT, P.CASE_DISPATCH),
    Step("dispatch", "派遣", (REGISTERED,), DISPATCHED, P.CASE_DISPATCH),
    Step("sign", "签收", (DISPATCHED,), HANDLING, P.CASE_HANDLE),
    Step("return", "退单", (DISPATCHED, HANDLING), RETURNED, P.CASE_HANDLE),
    Step("uphold_return", "同意退单", (RETURNED,), REGISTERED, P.CASE_ARBITRATE),
    Step("overrule_return", "维持派遣", (RETURNED,), HANDLING, P.CASE_ARBITRATE),
    Step("hand_in", "处置反馈", (DISPATCHED, HANDLING), VERIFYING, P.CASE_HANDLE),
    Step("accept", "核查通过", (VERIFYING,), CLOSED, P.CASE_VERIFY),
    Step("send_back", "退回返工", (VERIFYING,), HANDLING, P.CASE_VERIFY),
    Step("assign", "交办到人", (DISPATCHED, HANDLING), HANDLING, P.CASE_HANDLE),
    Step("ask_extension", "申请延期", (HANDLING,), None, P.CASE_HANDLE),
    Step("grant_extension", "批准延期", (HANDLING,), None, P.CASE_ARBITRATE),
    Step("deny_extension", "不予延期", (HANDLING,), None, P.CASE_ARBITRATE),
    Step("ask_suspension", "申请挂账", (HANDLING,), None, P.CASE_HANDLE),
    Step("grant_suspension", "批准挂账", (HANDLING,), SUSPENDED, P.CASE_ARBITRATE),
    Step("deny_suspension", "不予挂账", (HANDLING,), None, P.CASE_ARBITRATE),
    Step("resume", "恢复办理", (SUSPENDED,), HANDLING, P.CASE_ARBITRATE),
    Step(
        "close",
        "其他原因结案",
        (REGISTERED, DISPATCHED, HANDLING, RETURNED, SUSPENDED),
        CLOSED,
        P.CASE_ARBITRATE,
    ),
    Step("revisit", "回头看", (CLOSED,), None, P.CASE_REVISIT),
    Step("contest", "群众不满意退回", (CLOSED,), VERIFYING, None),
    Step("remind", "催办", (DISPATCHED, HANDLING), None, P.CASE_DISPATCH),
    Step(
        "supervise",
        "督办",
        (REGISTERED, DISPATCHED, HANDLING, RETURNED, VERIFYING, SUSPENDED, CLOSED),
        None,
        P.CASE_SUPERVISE,
    ),
    Step("escalate", "升级提醒", tuple(OPEN), None, None),
    Step("publish_covert", "公开暗访问题", (REPORTED,), None, P.CASE_COVERT),
    Step("relay", "收下级反馈", (REPORTED, REGISTERED, DISPATCHED, HANDLING), VERIFYING, P.CASE_SUPERVISE),
    Step("recall", "上级退回", (VERIFYING, CLOSED), HANDLING, P.CASE_REGISTER),
]
# Between two offices without a common network: they come with a parcel, and no page has a button for them.
BY_PARCEL = {"relay", "recall"}
STEPS: dict[str, Step] = {step.code: step for step in _TABLE}


def step(code: str) -> Step:
    """The row of the table. Raises DomainError for an unknown step."""
    if code not in STEPS:
        raise DomainError("step_unknown", f"没有「{code}」这一步。")
    return STEPS[code]


# --- sources: who found it, with its level (handbook §5.2) ------------------------------------------------
SOURCES = [
    ("national", "国家测评"),
    ("province", "省级测评"),
    ("city", "市级督查"),
    ("county", "县级督查"),
    ("town", "镇级督查"),
    ("covert", "暗访"),
    ("chief", "街巷长、网格员巡查"),
    ("self", "单位自查"),
    ("public", "随手拍"),
    ("hotline", "热线"),
    ("media", "媒体"),
    ("leader", "领导交办"),
    ("bulletin", "上级通报"),
]
SOURCE_LABELS = dict(SOURCES)
# Sources that are inspections: only these make 「两次督查发现相同问题」 (seed 004, design idea 4).
INSPECTIONS = {"national", "province", "city", "county", "town", "covert", "bulletin"}
# What a unit finds by itself (handbook D7).
OWN_EYES = {"chief", "self"}
# Somebody of ours, or of the level above, stood at the place. A superior's bulletin is typed from paper, and
# residents, hotline and papers look at no list of places.
LOOKED = (INSPECTIONS - {"bulletin"}) | OWN_EYES

# --- paths by size (handbook §5.3: 小问题随手整、大问题社区整、难问题集中整) ---------------------------------
ON_SPOT = "on_spot"
COMMUNITY = "community"
JOINT = "joint"
LATER_PATHS = [(COMMUNITY, "社区整"), (JOINT, "集中整")]
PATHS = [(ON_SPOT, "随手整"), *LATER_PATHS]

# --- reasons ---------------------------------------------------------------------------------------------
REFUSALS = [
    ("not_true", "不属实"),
    ("duplicate", "重复上报"),
    ("outside", "不属本辖区"),
    ("not_ours", "不属受理范围"),
    ("unclear", "照片或位置不清，请补正"),
    ("exempt", "属豁免情形（划线区内、许可范围内等）"),
]
FIXED = "fixed"
CLOSINGS = [
    (FIXED, "整改到位"),
    ("not_true", "不属实"),
    ("duplicate", "重复"),
    ("outside", "不属本辖区"),
    ("exempt", "属豁免情形"),
    ("cannot", "无法整改（已移交上级）"),
]
CLOSING_LABELS = dict(CLOSINGS)
# Closings that mean there never was a problem here: the find is taken out of the books again.
NEVER_WAS = {"not_true", "duplicate", "outside", "exempt"}
RETURN_GROUNDS = [
    ("not_duty", "不属本单位职责"),
    ("no_power", "无执法权限"),
    ("not_area", "不在本单位辖区"),
    ("wrong_category", "问题类别不符"),
]
SUSPENSIONS = [
    ("needs_project", "需立项"),
    ("needs_money", "需经费"),
    ("needs_superior", "需上级协调"),
    ("no_power", "无权限"),
    ("weather", "恶劣天气"),
    ("cannot", "无法整改"),
]

# --- supervision orders ----------------------------------------------------------------------------------
DRAFT = "draft"
ISSUED = "issued"
SIGNED = "signed"
ANSWERED = "answered"
CHECKED = "checked"
DROPPED = "dropped"
ORDER_STATES = [
    (DRAFT, "待签发"),
    (ISSUED, "已下发"),
    (SIGNED, "已签收"),
    (ANSWERED, "已答复"),
    (CHECKED, "已销号"),
    (DROPPED, "未下发"),
]
ORDER_LABELS = dict(ORDER_STATES)
ORDER_STEPS: dict[str, Step] = {
    step.code: step
    for step in [
        Step("issue", "签发", (DRAFT,), ISSUED, P.CASE_SUPERVISE),
        Step("drop", "不下发", (DRAFT,), DROPPED, P.CASE_SUPERVISE),
        Step("sign", "签收", (ISSUED,), SIGNED, P.CASE_HANDLE),
        Step("answer", "书面答复", (SIGNED,), ANSWERED, P.CASE_HANDLE),
        Step("check", "核查销号", (ANSWERED,), CHECKED, P.CASE_SUPERVISE),
        Step("send_back", "退回重办", (ANSWERED,), SIGNED, P.CASE_SUPERVISE),
    ]
}
ORDER_REASONS = [
    ("twice", "两次督查发现相同问题"),
    ("overdue", "超期未整改"),
    ("rework", "返工三次"),
    ("manual", "创城办督办"),
]
