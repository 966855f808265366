"""What the rules of learning refuse."""

from shared.domain.errors import DomainError, ErrorKind


class CourseFinal(DomainError):
    """课程已发布: a published course cannot be changed, since hours are earned with it."""

    code = "course.published"
    kind = ErrorKind.CONFLICT
    message = "The course is published and cannot be changed 课程已发布, 不能修改."


class CourseEmpty(DomainError):
    """课程无课时: a course without lessons cannot be published."""

    code = "course.empty"
    kind = ErrorKind.CONFLICT
    message = "Add a lesson before you publish the course 请先添加课时再发布课程."


class CourseUnpublished(DomainError):
    """课程未发布: nobody can learn with a draft."""

    code = "course.unpublished"
    kind = ErrorKind.CONFLICT
    message = "The course is not published yet 课程尚未发布."


class VideoUnreadable(DomainError):
    """视频无法读取: not a video that a browser could play."""

    code = "video.unreadable"
    message = "The file is not a playable MP4 or WebM video ({reason}) 视频文件无法播放."


class VideoTooLarge(DomainError):
    """视频过大: longer in bytes than the setting allows."""

    code = "video.too_large"
    message = "The video has {size} bytes, at most {most} are taken 视频文件过大."


class QuestionInvalid(DomainError):
    """题目有误: the right answer must be one of at least two options."""

    code = "quiz.question_invalid"
    message = (
        "Question {question}: name one of its {options} options (at least 2) as the answer 题目答案有误."
    )


class OptionUnknown(DomainError):
    """选项不存在."""

    code = "quiz.option_unknown"
    message = "Choose an option from 0 to {most} 请选择有效选项."


class IdentityUnverified(DomainError):
    """未实名认证: no lesson before identity is verified (R16)."""

    code = "identity.unverified"
    kind = ErrorKind.FORBIDDEN
    message = "Verify your identity first 请先完成实名认证."


class StudyClosed(DomainError):
    """已办结: the enrolment was withdrawn (R5)."""

    code = "study.closed"
    kind = ErrorKind.CONFLICT
    message = "This enrolment has been withdrawn 该报名已办结."


class StudySuspended(DomainError):
    """暂停学习: a case is open; what was earned stands (R26)."""

    code = "study.suspended"
    kind = ErrorKind.CONFLICT
    message = (
        "Learning is suspended while a person looks at your case; see your cases 学习已暂停, 请查看本人案件."
    )


class StudyBarred(DomainError):
    """已列入黑名单: the case was confirmed; an appeal is possible (R26)."""

    code = "study.barred"
    kind = ErrorKind.CONFLICT
    message = "This enrolment has been barred; your case says how to appeal 报名已除名, 可查看本人案件并申诉."


class StudyExpired(DomainError):
    """学习期已过: the study window is over (R9)."""

    code = "study.expired"
    kind = ErrorKind.CONFLICT
    message = "The study window ended at {closed_at}; a new enrolment is needed 学习期已结束, 请重新报名."


class StudyDone(DomainError):
    """已学满: nothing is left to learn (R28)."""

    code = "study.completed"
    kind = ErrorKind.CONFLICT
    message = "All hours are earned, nothing is left to learn 学时已学满."


class LessonDone(DomainError):
    """已学完: the lesson is complete; its video stays open, but earns nothing more (R23)."""

    code = "lesson.completed"
    kind = ErrorKind.CONFLICT
    message = "The lesson is complete; watch its video freely 本课已学完, 可随时回看."


class PlayingElsewhere(DomainError):
    """正在其他设备学习: ask before the other device's session is ended (R23)."""

    code = "session.elsewhere"
    kind = ErrorKind.CONFLICT
    message = (
        "You are learning on another device since {since}; enter with take_over to end that session "
        "您正在另一台设备上学习, 如要在此继续, 请确认结束另一台设备的播放."
    )


class EnteredElsewhere(DomainError):
    """同时进入: somebody with the same account entered a lesson at the same moment (R23)."""

    code = "session.contended"
    kind = ErrorKind.CONFLICT
    message = "A lesson was entered elsewhere at the same moment; try again 请重试."


class EnteredTooOften(DomainError):
    """进入过于频繁: each entry asks for a face check; stay in the session."""

    code = "session.too_many"
    kind = ErrorKind.TOO_MANY
    message = (
        "A lesson may be entered {most} times an hour; try again in {retry_after_s} s "
        "进入课程过于频繁, 请在 {retry_after_s} 秒后再试."
    )


class AnsweredTooOften(DomainError):
    """答题过于频繁: nobody reads so many questions."""

    code = "quiz.too_many"
    kind = ErrorKind.TOO_MANY
    message = (
        "{most} questions may be answered a minute; try again in {retry_after_s} s "
        "答题过于频繁, 请在 {retry_after_s} 秒后再试."
    )


class ReportRefused(DomainError):
    """进度报告不计: it earned nothing and is recorded. Its details say where to go on (R23)."""

    kind = ErrorKind.CONFLICT


class CheckPending(ReportRefused):
    """待人脸核验: nothing is credited until the face check has been passed (R17)."""

    code = "check.pending"
    message = "Answer the face check first 请先完成人脸核验."


class ReportAfterEnd(ReportRefused):
    """播放已结束: enter the lesson again; what was earned is kept (R18, R23)."""

    code = "session.ended"
    message = "This play session is over; enter the lesson again 播放已结束, 请重新进入课程."


class ReportTooLate(ReportRefused):
    """播放中断过久: nothing was heard for too long, which ended the session (R23)."""

    code = "session.silent"
    message = (
        "Nothing was heard from the player for too long; enter the lesson again 播放中断过久, 请重新进入课程."
    )


class ReportAfterWindow(ReportRefused):
    """学习期已过: the study window is over (R9)."""

    code = "study.expired"
    message = "The study window is over; a new enrolment is needed 学习期已结束, 请重新报名."


class ReportOutOfOrder(ReportRefused):
    """进度报告乱序: reports are numbered 1, 2, 3 … within a session (R23)."""

    code = "report.out_of_order"
    message = "Report {next_report} is expected 进度报告顺序有误, 应为第 {next_report} 号."


class ReportImpossible(ReportRefused):
    """进度报告有误: positions lie within the video, the earlier one first (R23)."""

    code = "report.impossible"
    kind = ErrorKind.INVALID
    message = "Positions must lie within the video, from_ms before to_ms 进度报告超出视频范围."


class WrongRate(ReportRefused):
    """倍速播放: only video at normal speed counts (R23)."""

    code = "report.wrong_rate"
    message = (
        "Play at normal speed; faster or slower playback does not count 请以正常速度播放, 倍速播放不计学时."
    )


class SeekAhead(ReportRefused):
    """快进: what was skipped must be watched first (R23)."""

    code = "report.seek_ahead"
    message = "Go on at {position_ms} ms; what is skipped does not count 请从已学位置继续, 快进部分不计学时."


class TooFast(ReportRefused):
    """超出实际时间: more video than time that has passed (R23)."""

    code = "report.too_fast"
    message = (
        "More was reported than time has passed; go on at {position_ms} ms "
        "进度超出实际时间, 请从已学位置继续."
    )
