"""The auditor's rules by their Chinese names; English ones stand with the rules."""

from services.audit.domain.rule import RULES

OTHER = "与日志不符"
CHINESE = {
    "certificate.number": "证书编号与日期",
    "check.attempts": "核验失败后冷却",
    "check.concluded": "核验仅作一次结论",
    "check.deadline": "核验应答时限",
    "check.evidence": "核验证据",
    "check.person": "核验对象为本人",
    "check.requested": "核验依序发起",
    "consent.given": "人脸信息处理同意",
    "course.published": "课程已发布",
    "credit.arrival": "进度报告按序到达",
    "credit.bank": "余时",
    "credit.figures": "计时数据重算",
    "credit.lease": "核验通过方可计时",
    "credit.numbered": "进度报告连续编号",
    "credit.rate": "一倍速播放",
    "credit.seek": "不得快进",
    "credit.silence": "播放中断过久",
    "credit.wall_clock": "同一时间仅一处学习",
    "credit.window": "学习期",
    "declaration.withdrawn": "办结后不再计入",
    "derivation_failed": "复核失败",
    "file.confirmed": "学时有人确认",
    "file.followed": "办理进度有据",
    "file.order": "档案办理顺序",
    "hours.plan": "学时符合计划",
    "identity.evidence": "实名认证证据",
    "identity.verified": "先实名后学习",
    "lesson.completed": "学完一课的条件",
    "log.gapless": "日志无缺漏",
    "log.order": "日志时间顺序",
    "log.person": "日志对象一致",
    "log.source": "事件来源一致",
    "log_incomplete": "日志缺少后续事件",
    "quiz.answered": "答题完成",
    "schedule.drawn": "抽签承诺",
    "schedule.mixed": "抽签应答",
    "schedule.moment": "随机核验时点",
    "schedule.revealed": "公布种子",
    "session.due": "应核验时点",
    "session.ended": "播放结束",
    "session.entered": "进入课程",
    "session.turn": "同时仅一个学习会话",
    "study.completed": "学时学满",
    "study.opened": "开通学习",
    "study.resumed": "恢复学习须有依据",
    "study.suspended": "暂停或除名期间不得学习",
    "verdict.rederived": "审核结论重算",
    "window.extended": "学习期顺延须有依据",
    "window.opened": "学习期起止符合计划",
}


def chinese(code: str) -> str:
    """The name of a rule."""
    return CHINESE.get(code, OTHER)


def english(code: str) -> str | None:
    """What must hold; None for a code that is no rule's."""
    return RULES[code].says if code in RULES else None


def numbers(code: str) -> list[str]:
    """The product's rules that it checks."""
    return list(RULES[code].numbers) if code in RULES else []
