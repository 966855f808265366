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


class CheckPending(DomainError):
    """待人脸核验: nothing is credited until the face check has been passed (R17)."""

    code = "check.pending"
    kind = ErrorKind.CONFLICT
    message = "Answer the face check first 请先完成人脸核验."


class SessionOver(DomainError):
    """播放已结束: enter the lesson again; what was earned is kept (R18, R23)."""

    code = "session.ended"
    kind = ErrorKind.CONFLICT
    message = "This play session is over; enter the lesson again 播放已结束, 请重新进入课程."


class ReportOutOfOrder(DomainError):
    """进度报告乱序: reports are numbered 1, 2, 3 … within a session (R23)."""

    code = "report.out_of_order"
    kind = ErrorKind.CONFLICT
    message = "Report {expected} is expected, not {received} 进度报告顺序有误."


class ReportImpossible(DomainError):
    """进度报告有误: positions lie within the video, the earlier one first (R23)."""

    code = "report.impossible"
    message = "Positions must satisfy 0 ≤ from_ms ≤ to_ms ≤ {duration_ms} 进度报告超出视频范围."
