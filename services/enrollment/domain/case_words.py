"""What a learner is told about a case: in both languages, in words, and without a score (R20, R26)."""

from datetime import datetime

from services.enrollment.domain.case import Case, CaseStatus
from shared.domain.china_time import CHINA_TIME
from shared.events.enrollment import CaseFact

KINDS = {
    "seek_ahead": ("次进度报告跳过了未观看的部分", "reports skipped what had not been watched"),
    "too_fast": ("次进度报告快于实际时间", "reports claimed more than the time that had passed"),
    "wrong_rate": ("次进度报告不是原速播放", "reports were not at normal speed"),
    "impossible": ("次进度报告超出视频范围", "reports lay outside the video"),
    "check_pending": ("次进度报告发生在人脸核验之前", "reports came before a face check was passed"),
    "mismatch": ("次人脸核验不是本人", "face checks showed somebody else"),
    "spoof": ("次人脸核验疑似翻拍", "face checks seemed to show a picture of a picture"),
    "not_live": ("次人脸核验未见活体动作", "face checks showed no live movement"),
    "several_faces": ("次人脸核验出现多人", "face checks showed several people"),
    "left": ("次在人脸核验时离开", "face checks were left"),
    "review": (
        "次连续核验失败, 已请求人工复核",
        "times checks failed so often in a row that a review was asked for",
    ),
}

NOTICES = {
    CaseStatus.OPEN: (
        "系统发现您的学习记录存在异常, 学习已暂停, 正在由省级主管部门人工核实. 已获得的学时不受影响; "
        "若核实后不成立, 学习将恢复, 暂停的时间会补回学习期.",
        "Your study records show irregularities. Learning is suspended while a person of the province looks "
        "at them. What you have earned stands; if nothing is found, learning goes on and your study window "
        "is extended by the time that was lost.",
    ),
    CaseStatus.DISMISSED: (
        "经人工核实, 异常不成立, 学习已恢复, 暂停的时间已补回学习期.",
        "A person has looked at it and found no cheating. Learning goes on, and your study window is "
        "extended by the time that was lost.",
    ),
    CaseStatus.CONFIRMED: (
        "经人工核实, 作弊成立, 您已被列入继续教育黑名单至 {until}, 期间不能申报. 您可在 {appeal} 前提出申诉, "
        "申诉由其他人员决定.",
        "A person has found cheating. You are on the blacklist until {until} and cannot declare before. You "
        "can appeal until {appeal}; somebody else decides.",
    ),
    CaseStatus.APPEALED: (
        "您的申诉已收到, 将由其他人员决定. 目前黑名单有效期至 {until}.",
        "Your appeal has arrived; somebody else will decide. The entry on the blacklist runs until {until}.",
    ),
    CaseStatus.UPHELD: (
        "您的申诉未获支持, 黑名单有效期至 {until}.",
        "Your appeal was not successful. The entry on the blacklist runs until {until}.",
    ),
    CaseStatus.OVERTURNED: (
        "您的申诉成立, 黑名单记录已撤销, 报名已恢复, 暂停的时间已补回学习期.",
        "Your appeal was successful: the entry on the blacklist is lifted, your enrolment is what it was, "
        "and your study window is extended by the time that was lost.",
    ),
}


def notice_of(case: Case) -> str:
    """告知: what holds now, and what the learner can do."""
    chinese, english = NOTICES[case.status]
    times = {"until": _time(case.barred_until), "appeal": _time(case.appeal_until)}
    return f"{chinese} {english}".format(**times)


def evidence_of(fact: CaseFact) -> str:
    """案件事实 in words."""
    chinese = "; ".join(f"{count} {_words(kind)[0]}" for kind, count in fact.counts.items())
    english = "; ".join(f"{count} {_words(kind)[1]}" for kind, count in fact.counts.items())
    return f"{_time(fact.noted_at)}: {chinese} – {english}"


def _words(kind: str) -> tuple[str, str]:
    return KINDS.get(kind, ("次异常", "irregularities"))


def _time(time: datetime | None) -> str:
    return f"{time.astimezone(CHINA_TIME):%Y-%m-%d %H:%M}" if time else ""
