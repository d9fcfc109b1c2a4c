WAITING = "waiting"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
STATES = [(WAITING, "等待"), (RUNNING, "执行中"), (DONE, "完成"), (FAILED, "失败")]
OPEN = [WAITING, RUNNING]
