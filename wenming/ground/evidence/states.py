"""Words of the room."""

BEFORE, AFTER, NEAR, FAR, OTHER = "before", "after", "near", "far", "other"
ROLES = [(BEFORE, "整改前"), (AFTER, "整改后"), (NEAR, "近景"), (FAR, "远景"), (OTHER, "其他")]

CAMERA, ALBUM, UNKNOWN = "camera", "album", "unknown"
SOURCES = [(CAMERA, "现场拍摄"), (ALBUM, "相册选取"), (UNKNOWN, "不详")]

# Where the place of a photo comes from: written by the camera, or told by the browser at the upload.
BY_EXIF, BY_BROWSER = "exif", "browser"
LOCATED_BY = [(BY_EXIF, "照片自带"), (BY_BROWSER, "上传时定位")]

HIDDEN, APPROVED = "hidden", "approved"
PUBLIC_STATES = [(HIDDEN, "不公开"), (APPROVED, "已审核可公开")]

FORMATS = [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WebP"), ("HEIF", "HEIC")]
SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "HEIF": "heic"}
