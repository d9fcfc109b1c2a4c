"""The accounts that code posts to. All others live only in packs/accounts; a test holds the two together."""

CASE_REPORTED = "case.reported"  # 发现问题
CASE_REFUSED = "case.refused"  # 不予受理
CASE_REGISTERED = "case.registered"  # 立案
CASE_DISPATCHED = "case.dispatched"  # 派遣
CASE_DUE = "case.due"  # 应整改, on the day of the deadline
CASE_FIXED = "case.fixed"  # 已整改, on the day of acceptance
CASE_FIXED_DUE = "case.fixed_due"  # 到期已整改, on the day of the deadline
CASE_FIXED_IN_TIME = "case.fixed_in_time"  # 按期整改, on the day of the deadline
CASE_SELF_FIXED = "case.self_fixed"  # 自查自改
CASE_ON_SPOT = "case.on_spot"  # 随手整
CASE_CLOSED_OTHER = "case.closed_other"  # 其他原因结案
CASE_REWORK = "case.rework"  # 返工
CASE_FAKED = "case.faked"  # 弄虚作假, judged by the person who checked
CASE_NAMED = "case.named"  # 通报点名, on the day of signing of the bulletin that lists the case
CASE_RETURNED = "case.returned"  # 退单
CASE_EXTENDED = "case.extended"  # 延期, on the day of the deadline
CASE_SUSPENDED = "case.suspended"  # 挂账 (stock)
CASE_OPEN = "case.open"  # 在办 (stock)
CASE_RELAPSED = "case.relapsed"  # 反弹
CASE_REVISITED = "case.revisited"  # 回头看
PLACE_CHECKED = "place.checked"  # 检查点位; voucher: the check, not the case
ORDER_ISSUED = "order.issued"  # 督办单
ORDER_CLOSED = "order.closed"  # 督办办结
DOCUMENT_ISSUED = "document.issued"  # 印发公文
DOCUMENT_BULLETIN = "document.bulletin"  # 督查通报
DOCUMENT_COVERT_BULLETIN = "document.covert_bulletin"  # 暗访通报
SCORE_SHEETS = "score.sheets"  # 考核成绩单, on the last day of the period
SCORE_TOTAL = "score.total"  # 考核得分, on the last day of the period
SCORE_APPEALED = "score.appealed"  # 考核申诉; party: the unit that scored
SCORE_OVERTURNED = "score.overturned"  # 申诉改判; party: the unit that scored
SCORE_RED = "score.red"  # 红榜
SCORE_BLACK = "score.black"  # 黑榜
SCORE_SETTLED_YUAN = "score.settled_yuan"  # 考核结算

CODED = tuple(value for name, value in sorted(vars().items()) if name.isupper() and isinstance(value, str))
