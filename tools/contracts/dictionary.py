"""数据字典: each field name of the events in two languages, with a sample value for the examples.

A name means the same in every event; `Class.field` is for a class that means something more exact.
Ids, enums, dates, flags and nested parts need no sample of their own.
"""

from typing import Any, NamedTuple


class Word(NamedTuple):
    """What a field name means."""

    chinese: str
    english: str
    sample: Any = None


WORDS = {
    # 人与账户 people and accounts
    "account_id": Word("账户编号", "id of the account"),
    "person_id": Word("人员编号", "id of the person, under which the keyring holds their key"),
    "role": Word("角色", "a role of `terms.Role`", "learner"),
    "owner": Word("密钥所属", "whose key seals the objects"),
    "session_id": Word("学习会话编号", "id of the play session"),
    "SessionOpened.session_id": Word("登录会话编号", "id of the login session"),
    "SessionRevoked.session_id": Word("登录会话编号", "id of the login session"),
    "seconds": Word("时长（秒）", "for how long, in seconds", 900),
    "organisation": Word("培训机构", "the training organisation", "wuhan-cost"),
    "reviewer_id": Word("审核人", "account of the reviewer"),
    "confirmed_by": Word("确认人", "who confirmed", "policy"),
    "approved_by": Word("批准人", "account of the person who approved"),
    "rejected_by": Word("驳回人", "account of the person who rejected"),
    "revoked_by": Word("撤销人", "account of the person who revoked"),
    # 报名 enrolment
    "enrollment_id": Word("报名编号", "id of the enrolment"),
    "plan_id": Word("培训计划编号", "id of the training plan"),
    "course_id": Word("课程编号", "id of the course"),
    "batch": Word("培训班次", "batch number of the plan", "2026-03"),
    "category": Word("执业资格类别", "licence category"),
    "specialty": Word("专业", "specialty", "土木建筑"),
    "seats": Word("计划人数", "places in the plan", 60),
    "registration_from": Word("报名开始", "registration opens"),
    "registration_until": Word("报名截止", "registration closes"),
    "class_opens_at": Word("开班时间", "the class starts"),
    "policy": Word("学习政策", "the settings of the plan"),
    "photo_id": Word("照片编号", "id of the examined declaration photo"),
    "personal": Word(
        "申报个人信息（密文）", "sealed personal data", "djE6c2VhbGVkLXdpdGgtdGhlLXBlcnNvbnMta2V5"
    ),
    "reason": Word("原因", "why, for the person concerned", "照片不清晰 the photo is blurred"),
    "DeclarationWithdrawn.reason": Word("办结原因", "why, in the learner's words", "改报其他班次"),
    "FaceCheckFailed.reason": Word("不通过原因", "stable code of what was wrong", "mismatch"),
    "PaymentRefused.reason": Word("异常原因", "stable code of what did not fit", "second_payment"),
    "PaymentRefunded.reason": Word("退款原因", "stable code of what did not fit", "second_payment"),
    "CertificateRevoked.reason": Word("撤销原因", "why it no longer counts", "学时造假 forged hours"),
    "paid": Word("已缴费", "the fee is in"),
    "opened_at": Word("开通时间", "learning opened"),
    "closes_at": Word("学习截止", "the study window closes"),
    "from_status": Word("原状态", "status before", "completed"),
    "to_status": Word("新状态", "status after", "organisation_review"),
    # 学习期与故障 study window and outages
    "closed_at": Word("学习期结束时间", "when the study window was over"),
    "extended_ms": Word("顺延时长（毫秒）", "milliseconds by which the window closes later", 3_600_000),
    "cause": Word("顺延原因", "why the window closes later"),
    "outage_id": Word("故障编号", "id of the outage"),
    "outage_ids": Word("故障编号列表", "ids of the outages"),
    "began_at": Word("开始时间", "when it began"),
    "source": Word("来源", "who noticed it"),
    "component": Word("部件", "what was down", "learning"),
    "recorded_by": Word("登记人", "account of the operator who recorded it"),
    # 作弊案件 cases of cheating
    "case_id": Word("案件编号", "id of the case"),
    "points": Word("分值", "points of the signs that were noted", 118),
    "CaseOpened.threshold": Word("立案分值", "points from which on it is a case", 100),
    "facts": Word("案件事实", "what was noted, by play session"),
    "noted_at": Word("记录时间", "when the newest of it was noted"),
    "counts": Word("次数", "how often each kind was noted", {"seek_ahead": 20}),
    "decide_by": Word("办理时限", "the target for a decision"),
    "decided_by": Word("决定人", "account of the person who decided"),
    "barred_until": Word("黑名单到期", "until when the learner is on the blacklist"),
    "appeal_until": Word("申诉期限", "until when an appeal can be made"),
    "statement": Word(
        "申诉书（密文）", "sealed statement of the appeal", "djE6c2VhbGVkLXdpdGgtdGhlLXBlcnNvbnMta2V5"
    ),
    "won": Word("申诉成立", "the appeal was successful"),
    # 学习政策 study policy
    "hour_seconds": Word("每学时秒数", "seconds of video in one hour (学时)", 2_700),
    "compulsory_hours": Word("必修学时", "compulsory hours (学时)", 40),
    "elective_hours": Word("选修学时", "elective hours (学时)", 40),
    "study_months": Word("学习期限（月）", "calendar months of the study window", 3),
    "report_period_s": Word("上报间隔（秒）", "seconds between two position reports", 15),
    "bank_s": Word("余时上限（秒）", "wall-clock seconds that stay spendable at most", 60),
    "silence_s": Word("静默时限（秒）", "seconds without a report after which a session is over", 60),
    "slack_s": Word("视频容差（秒）", "seconds of video that may be missing", 2),
    "check_deadline_s": Word("核验时限（秒）", "seconds to answer a face check", 60),
    "check_attempts": Word("核验次数", "failed checks in a row before the cool-down", 3),
    "cooldown_s": Word("冷却时间（秒）", "seconds of the cool-down", 600),
    "automatic_confirmation": Word("自动确认", "clean hours are confirmed without a person"),
    "evidence_days": Word("证据保留（天）", "days that face images are kept after the certificate", 30),
    # 缴费 payment
    "fee_fen": Word("培训费（分）", "fee in fen", 60_000),
    "order_id": Word("订单编号", "id of the order"),
    "amount_fen": Word("金额（分）", "amount in fen", 60_000),
    "channel": Word("缴费渠道", "pay channel"),
    "transaction_id": Word("渠道交易号", "the channel's number of the payment", "4200002026030112345678"),
    "refund_id": Word("渠道退款号", "the channel's number of the refund", "5030002026030112345678"),
    "paid_at": Word("缴费时间", "the channel took the money"),
    "expires_at": Word("失效时间", "it cannot be paid after this"),
    # 学习 learning
    "title": Word("名称", "title", "工程造价管理新规"),
    "lessons": Word("课时列表", "the lessons, in order"),
    "lesson_id": Word("课时编号", "id of the lesson"),
    "lesson_ids": Word("课时编号列表", "ids of the lessons"),
    "kind": Word("类别", "which kind"),
    "duration_ms": Word("视频时长（毫秒）", "length of the video in milliseconds", 2_700_000),
    "video_sha256": Word("视频摘要", "SHA-256 of the video file, hexadecimal"),
    "covered_ms": Word("已覆盖（毫秒）", "milliseconds of the video that are credited", 45_000),
    "turn": Word("播放序号", "number of the play session among those of the person"),
    "unforeseen_check_passed": Word("随机核验已通过", "the unforeseen check is passed already"),
    "questions": Word("题目数", "questions of the quiz", 5),
    "value": Word("抽签应答值", "learning's value, hexadecimal", "5f3c…"),
    "reports": Word("进度报告列表", "reports of the session, in order of arrival"),
    "SessionEnded.reports": Word("报告数", "number of the last report that was accepted", 120),
    "refusals_left_out": Word("未列出的拒绝数", "refused reports beyond those listed", 0),
    "ReportRecord.number": Word("上报序号", "number of the report", 3),
    "rate": Word("倍速", "speed of playback", 1.0),
    "paid_ms": Word("已支付（毫秒）", "milliseconds of the claim that wall clock paid for", 15_000),
    "bank_ms": Word("余时（毫秒）", "wall-clock milliseconds unspent at `anchored_at`", 1_200),
    "refusal": Word("不计原因", "stable code of why it earned nothing", "too_fast"),
    "reached_at": Word("到达时间", "when the lease was used up"),
    "ending": Word("结束原因", "how the session ended"),
    "ended_at": Word("结束时间", "nothing is credited after this"),
    "lease": Word("播放租约", "how far the credit may run, sealed for learning", "eyJhbGciOiJFQ0RILUVTIn0…"),
    "from_ms": Word("起点（毫秒）", "played from this position in the video", 30_000),
    "to_ms": Word("终点（毫秒）", "played to this position in the video", 45_000),
    "anchored_at": Word("计时起点", "start of the wall-clock time"),
    "received_at": Word("收到时间", "when the server received the report"),
    "question_id": Word("题目编号", "id of the question"),
    "correct": Word("答对", "the answer is right"),
    "quiz_done": Word("答题完成", "the quiz is finished"),
    "credited_ms": Word("计入时长（毫秒）", "milliseconds of video credited", 2_700_000),
    "compulsory_ms": Word("必修时长（毫秒）", "milliseconds of compulsory video credited", 108_000_000),
    "elective_ms": Word("选修时长（毫秒）", "milliseconds of elective video credited", 108_000_000),
    "started_at": Word("开始时间", "when the study began"),
    "completed_at": Word("完成时间", "when the study was completed"),
    # 实名认证与人脸核验 proctor
    "sha256": Word("摘要", "SHA-256 of the file, hexadecimal"),
    "accepted": Word("通过", "it was accepted"),
    "code": Word("代码", "stable code of the outcome", "photo.too_large"),
    "text_version": Word("同意书版本", "version of the text that was agreed to", "2026-01"),
    "job_id": Word("任务编号", "id of the job; says what the answer belongs to"),
    "frame_keys": Word("画面对象", "object keys of the frames", "persons/1/checks/1/0f"),
    "reference_key": Word(
        "比对照片对象", "object key of the photo to compare with", "persons/1/reference/1.jpg"
    ),
    "prompts": Word("动作提示", "movements that were asked for, in order", "blink"),
    "outcome": Word("结果", "outcome of the measurement", "match"),
    "figures": Word("测量值", "figures of the measurement", {"distance": 0.31}),
    "model": Word("模型", "name of the recogniser", "Dlib"),
    "model_version": Word("模型版本", "which weights"),
    "verification_id": Word("实名认证编号", "id of the verification"),
    "evidence": Word("核验证据", "what the decision rests on"),
    "distance": Word("特征距离", "distance between the two faces", 0.31),
    "threshold": Word("阈值", "largest distance that is a match", 0.6),
    "liveness": Word("活体测量值", "figures of the liveness test", {"blink": 0.12}),
    "antispoof": Word("防伪结果", "verdict of anti-spoofing", "real"),
    "object_keys": Word("证据对象", "object keys of the frames", "persons/1/checks/1/0f"),
    "seed_hash": Word("种子摘要", "SHA-256 of the seed, hexadecimal"),
    "seed": Word("种子", "the seed, hexadecimal", "9f86d081884c7d659a2feaa0c55ad015"),
    "unforeseen_at_ms": Word("随机核验时点（毫秒）", "where the unforeseen check fell", 1_234_000),
    "check_id": Word("核验编号", "id of the face check"),
    "check_ids": Word("核验编号列表", "ids of the face checks"),
    "moment": Word("核验时点", "which of the lesson's checks"),
    "deadline": Word("截止时间", "to be answered before this"),
    "failures": Word("连续失败次数", "failures in a row", 3),
    # 审核与证书 certificate
    "verdict": Word("审核结论", "verdict of the hours audit"),
    "findings": Word("审核依据", "one for each rule"),
    "rule": Word("规则", "number of the domain rule", "R7"),
    "held": Word("符合", "the rule held"),
    "says": Word("说明", "what was found, for a person", "必修 40 学时已满 40 compulsory hours are complete"),
    "event_ids": Word("事件编号列表", "ids of the events that it rests on"),
    # 审计 audit
    "agrees": Word("复核一致", "the log bears out all that was published"),
    "faults": Word("复核差异", "what the log does not bear out"),
    "faults_left_out": Word("未列差异数", "further faults, which are not listed here", 0),
    "log_position": Word("日志位置", "position of the last entry that was read", 48_211),
    "head_hash": Word("日志哈希", "hash of that entry, hexadecimal"),
    "derived_at": Word("复核时间", "when the auditor derived it"),
    "approved_at": Word("批准时间", "when it was approved"),
    "number": Word("证书编号", "number of the certificate", "CE2-42-2026-7K3M9Q2X4B8T"),
    "object_key": Word("文件对象", "object key of the file", "CE2-42-2026-7K3M9Q2X4B8T/1.pdf"),
    "issued_at": Word("发证时间", "when it was issued"),
}


def word(owner: str, field: str) -> Word | None:
    """What a field of the class `owner` means; nothing for a name that is not in the dictionary."""
    return WORDS.get(f"{owner}.{field}") or WORDS.get(field)
