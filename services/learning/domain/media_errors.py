"""What the rules of uploads, videos and renditions refuse."""

from shared.domain.errors import DomainError, ErrorKind


class CodecUnplayable(DomainError):
    """编码不支持: the file can be decoded, but not by every browser."""

    code = "video.codec_unplayable"
    message = (
        "Browsers do not play {codec} in {container}: encode it as H.264 (8 bit, 4:2:0) with AAC in MP4, "
        "or VP9 with Opus in WebM 浏览器无法播放该编码, 请转换为 H.264 + AAC."
    )


class UploadLimit(DomainError):
    """上传数已满: the organisation has as many uploads under way as it may."""

    code = "upload.limit"
    kind = ErrorKind.CONFLICT
    message = "{most} uploads are under way: use, finish or cancel one first 未完成的上传过多, 请先处理."


class UploadClosed(DomainError):
    """上传已结束: it takes no more parts."""

    code = "upload.closed"
    kind = ErrorKind.CONFLICT
    message = "The upload is {state} and takes no more parts; start a new one 上传已结束, 请重新开始."


class PartInvalid(DomainError):
    """分片有误: the number or the length is not that of a part of this file."""

    code = "upload.part_invalid"
    message = "Part {number} of {count} has {size} bytes, and must have {expected} 分片序号或大小错误."


class PartsMissing(DomainError):
    """分片不全: send what is missing, then complete it again."""

    code = "upload.parts_missing"
    kind = ErrorKind.CONFLICT
    message = "{count} parts are missing, the first is {first}: send them 缺少分片, 请继续上传."


class UploadUnready(DomainError):
    """视频未就绪: it is not examined yet, or it was refused."""

    code = "upload.unready"
    kind = ErrorKind.CONFLICT
    message = "The upload is {state}: a lesson needs one that is ready 视频尚未就绪."


class UploadCorrupt(DomainError):
    """文件不一致: the bytes that came are not those that were promised."""

    code = "upload.corrupt"
    message = "The file's SHA-256 is {found}: upload it again 文件校验不一致, 请重新上传."


class SizeInvalid(DomainError):
    """文件大小有误: empty, or over the limit."""

    code = "upload.size_invalid"
    message = "A video has 1 to {most} bytes, not {size} 视频大小超出限制."


class ExaminationFailed(DomainError):
    """检查失败: our fault, again and again; the file may be good."""

    code = "upload.examination_failed"
    kind = ErrorKind.UNAVAILABLE
    message = "The file could not be examined; upload it again later 视频检查失败, 请稍后重新上传."


class ClaimLost(Exception):
    """Another worker has taken the job over; what this one made is not used."""


class WorkStopped(Exception):
    """The worker is told to end; another begins anew."""


class LinkInvalid(DomainError):
    """链接无效: forged, or made for something else."""

    code = "video.link_invalid"
    kind = ErrorKind.FORBIDDEN
    message = "This link is not one of ours for this video: ask for a new one 视频链接无效, 请重新获取."


class LinkExpired(DomainError):
    """链接已过期."""

    code = "video.link_expired"
    kind = ErrorKind.FORBIDDEN
    message = "The link has expired: ask for a new one and go on 视频链接已过期, 请重新获取."


class RenditionMissing(DomainError):
    """清晰度不可用: play the original meanwhile."""

    code = "video.rendition_missing"
    kind = ErrorKind.NOT_FOUND
    message = "There is no {quality} of this video yet: play the original 该清晰度暂不可用, 请播放原画."
