"""Everything that the page says, in English and in Chinese.

`TEXTS` are the page's own words. `PHRASES` are sentences of the package that reach the page with numbers in
them, `ERRORS` its named errors: both are English already, and only their Chinese stands here.
"""

from __future__ import annotations

import re

LANGUAGES = ("en", "zh")

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("A photo becomes <span>anime</span>", "照片变成<span>动漫</span>"),
    "tagline": (
        "Drop a photo, and it is drawn. Faces with care, blurry photos mended first, back at full size.",
        "放入一张照片，立刻成画。人脸精心绘制，模糊先行修复，原尺寸奉还。",
    ),
    "tab.draw": ("Draw", "绘制"),
    "tab.all": ("All styles", "全部风格"),
    "tab.elsewhere": ("Use it elsewhere", "嵌入与调用"),
    "photo": ("Your photo", "你的照片"),
    "photo.alt": ("The photo that you chose", "你选择的照片"),
    "examples": ("No photo at hand? Click one of these.", "手边没有照片？点一张试试。"),
    "crops": ("A face is in it: crop to it?", "发现人脸：要裁剪到人像吗？"),
    "crops.alt": ("Crops around the face", "人脸裁剪"),
    "crop": ("Crop", "裁剪"),
    "crop.none": ("Whole", "整张"),
    "crop.portrait": ("4:5", "4:5"),
    "crop.square": ("Square", "方形"),
    "styles": ("Styles", "风格"),
    "style": ("Style", "风格"),
    "style.download": ("needs a download", "需下载"),
    "enhance": ("Enhancement", "画质修复"),
    "enhance.info": (
        "Auto mends the photo first when it is blurry, noisy or flat.",
        "“自动”会在照片模糊、有噪点或灰暗时先修复。",
    ),
    "enhance.auto": ("Auto", "自动"),
    "enhance.on": ("On", "开"),
    "enhance.off": ("Off", "关"),
    "more": ("More", "更多设置"),
    "faces": ("Faces with care", "精绘人脸"),
    "faces.info": ("Each face is painted on its own.", "每张脸单独绘制。"),
    "faces_style": ("Faces painted", "人脸画法"),
    "faces_style.auto": ("As suits the style", "随风格而定"),
    "faces_style.scene": ("As the scene", "与画面一致"),
    "faces_style.anime-portrait": ("Anime portrait", "动漫人像"),
    "faces_style.portrait": ("Portrait", "人像"),
    "strength": ("Strength", "强度"),
    "strength.info": ("0 is the photo.", "0 为原照片。"),
    "vividness": ("Vividness", "鲜艳度"),
    "guided": ("Smooth", "平滑"),
    "guided.info": ("Smooths along the photo's edges.", "沿照片边缘平滑。"),
    "double": ("Twice the size", "两倍尺寸"),
    "double.info": ("By super-resolution.", "超分辨率放大。"),
    "level": ("Who mends", "修复方式"),
    "level.auto": ("As the machine allows", "视机器而定"),
    "level.light": ("Light", "轻量"),
    "level.best": ("Best, slow: Real-ESRGAN from the Hub", "最佳但慢：来自 Hub 的 Real-ESRGAN"),
    "at_once": ("Draw at once", "即时绘制"),
    "at_once.info": ("Whenever the photo or a setting changes.", "照片或设置一变就重画。"),
    "go": ("Draw it", "开始绘制"),
    "stop": ("Stop", "停止"),
    "slider": ("Before and after", "前后对比"),
    "slider.before": ("The photo", "原照片"),
    "slider.after": ("The drawing", "画作"),
    "another": ("Use another photo", "换一张照片"),
    "again": ("Use the result as input", "以结果为输入"),
    "kind": ("Download as", "下载为"),
    "kind.png": ("PNG", "PNG"),
    "kind.webp": ("WebP", "WebP"),
    "kind.pair": ("Side by side", "前后并排"),
    "download": ("Download", "下载"),
    "download.writing": ("Writing the file …", "正在生成文件……"),
    "all": ("Draw it in every style", "用所有风格绘制"),
    "all.info": (
        "The photo of the first tab, in every style whose weights are here.",
        "用所有已就绪的风格绘制第一页的照片。",
    ),
    "all.gallery": ("One photo, every style", "一张照片，所有风格"),
    "all.photo": ("The photo", "原照片"),
    "all.download": ("Download the sheet", "下载合集"),
    "elsewhere": (
        "Put this page into a blog post, or call it from a program. Every call takes the photo first; everything else "
        "has a default.",
        "把本页嵌入博客，或在程序中调用。每个接口都先传照片，其余参数皆有默认值。",
    ),
    "elsewhere.iframe": ("In a blog post: an iframe", "嵌入博客：iframe"),
    "elsewhere.component": ("In a blog post: a web component", "嵌入博客：网页组件"),
    "elsewhere.python": ("In Python: pip install gradio_client", "Python 调用：pip install gradio_client"),
    "small": (
        "**Your photo stays yours.** It is kept while this page is open, an hour at most, then deleted; it is sent "
        "nowhere else, nothing is counted, and the result holds no metadata. Style weights come from the Hugging Face "
        "Hub when one is chosen that is not here yet. Not for identity documents, medical or forensic pictures.",
        "**照片始终属于你。** 只在本页打开期间保存，最长一小时，随后删除；不会发往他处，不做统计，结果不含元数据。"
        "选用尚未就绪的风格时会从 Hugging Face Hub 下载权重。请勿用于证件照、医疗或取证图像。",
    ),
    "weights": ("Weights", "权重"),
    "weights.builtin": ("built in", "内置"),
    "weights.hub": ("from the Hub, {}", "来自 Hub，{}"),
    "weights.later": ("fetched at the first use", "首次使用时下载"),
    "done.example": ("An example. Yours comes here.", "这是示例，你的画作将显示在这里。"),
    "done.sharp": ("Sharp (fine detail {}): left as it is.", "清晰（细节 {}）：保持原样。"),
    "done.as": ("{}, as {}", "{}，因为{}"),
    "done.restore": ("restored", "已修复"),
    "done.denoise": ("denoised", "已降噪"),
    "done.exposure": ("brightened", "已提亮"),
    "done.contrast": ("contrast lifted", "已增强对比"),
    "done.sharpen": ("sharpened", "已锐化"),
    "done.faces": ("{} faces painted.", "绘制了 {} 张人脸。"),
    "done.face": ("1 face painted.", "绘制了 1 张人脸。"),
    "done.no_face": ("No face painted.", "未绘制人脸。"),
    "done.seconds": ("{} s.", "{} 秒。"),
    "error.no_photo": (
        "There is no photo yet: drop one, or click an example.",
        "还没有照片：请放入一张，或点击示例。",
    ),
    "error.no_result": ("There is no picture yet: draw one first.", "还没有画作：请先绘制。"),
    "error.upload_large": ("The photo is too large: choose one of at most 80 MB.", "照片太大：请选择不超过 80 MB 的。"),
    "error.upload_broken": ("The photo is broken: choose another file.", "照片已损坏：请换一个文件。"),
    "error.stopped": ("Stopped before the picture was done.", "绘制已停止。"),
    "error.busy": (
        "Busy: {} ahead of you. Your photo is not lost; try again in a minute.",
        "当前繁忙：前面还有 {} 位。照片不会丢失，请稍后再试。",
    ),
    "error.offline": ("Built in: {}.", "内置风格：{}。"),
}

STYLES: dict[str, tuple[str, str, str]] = {
    "anime": ("动漫", "平涂色彩，墨线，大眼睛", "动画电影的一帧：平涂色彩、墨线轮廓、大眼睛。适合任何照片。"),
    "cel": ("赛璐珞", "平涂明暗，墨线勾勒", "赛璐珞动画：几层平涂明暗、墨线、鲜艳色彩。权重可自由使用。"),
    "dusk": ("黄昏", "暖光微晕，蓝色阴影", "日落之后：暖光微晕，阴影转蓝。权重可自由使用。"),
    "watercolour": ("水彩", "白纸上的薄彩", "白纸上的薄彩：风景、花卉、肖像。权重可自由使用。"),
    "manga": ("漫画", "墨线、涂黑、网点", "印刷的漫画页：墨线、涂黑、网点。权重可自由使用。"),
    "anime-portrait": ("动漫人像", "动画里的角色", "动画电影里的角色：适合占满画面的人脸。“动漫”的人脸由它绘制。"),
    "hayao": ("宫崎骏 Hayao", "柔和的光，手绘的绿", "柔光、手绘绿意、清晰轮廓：风景、街道、户外人物。"),
    "shinkai": ("新海诚 Shinkai", "明亮天空，镜头光晕", "明亮的天空、强光与光晕：城市、黄昏、天气。"),
    "portrait": ("人像", "大眼睛，光滑肌肤", "大眼睛、光滑肌肤、柔顺头发：人脸与半身像。"),
    "hayao-v2": ("宫崎骏 Hayao（AnimeGANv2）", "原版权重", "AnimeGANv2 的 Hayao，原版权重。"),
    "shinkai-v2": ("新海诚 Shinkai（AnimeGANv2）", "原版权重", "AnimeGANv2 的 Shinkai，原版权重。"),
    "paprika": ("红辣椒 Paprika（AnimeGANv2）", "今敏的梦境色彩", "AnimeGANv2 的 Paprika，取自今敏的电影。"),
    "face-paint": ("人脸绘 Face paint（AnimeGANv2）", "柔和的肖像", "柔和笔触的肖像，适合占满画面的人脸。"),
}
"""A style's name, caption and purpose in Chinese; its English is in `animegan.styles`."""

LICENCES: dict[str, str] = {
    "MIT: free for any use, commercial use as well": "MIT：可自由使用，包括商业用途",
    "non-commercial (AnimeGANv3's terms: research, teaching, private use)": (
        "非商业用途（AnimeGANv3 条款：研究、教学、个人使用）"
    ),
    "tagged Apache-2.0 on the Hub, but its text repeats AnimeGANv2's terms: non-commercial": (
        "Hub 上标为 Apache-2.0，但正文沿用 AnimeGANv2 条款：非商业用途"
    ),
    "MIT (converted from bryandlee/animegan2-pytorch)": "MIT（转换自 bryandlee/animegan2-pytorch）",
}

PHRASES: dict[str, str] = {
    "Reading the photo": "正在读取照片",
    "Looking for the brushes": "正在寻找画笔",
    "Looking for the magnifying glass": "正在寻找放大镜",
    "Fetching the brushes from the Hub: {} MB": "正在从 Hub 下载画笔：{} MB",
    "Fetching the brushes from the Hub: {} of {} MB": "正在从 Hub 下载画笔：{} / {} MB",
    "Looking for a face to crop around": "正在寻找可裁剪的人脸",
    "Looking at its quality": "正在评估画质",
    "Doubling it": "正在放大两倍",
    "Mending it": "正在修复",
    "It needs no mending": "无需修复",
    "Looking for faces": "正在寻找人脸",
    "Wetting the brushes": "正在润笔",
    "Wetting the finer brushes": "正在润细笔",
    "Painting the scene": "正在绘制画面",
    "Painting face {} of {}": "正在绘制第 {} / {} 张人脸",
    "Finishing": "正在收尾",
    "Done": "完成",
    "blurry (fine detail {}%, sharpness {})": "模糊（细节 {}%，清晰度 {}）",
    "noisy (σ {})": "有噪点（σ {}）",
    "JPEG blocks (steps {} times as high)": "JPEG 块状失真（边界阶跃为 {} 倍）",
    "worn: fine detail {}%, noise σ {}, grain σ {}, steps between JPEG blocks {} times as high": (
        "画质受损：细节 {}%，噪点 σ {}，颗粒 σ {}，JPEG 块边界阶跃为 {} 倍"
    ),
    "asked for": "按你的要求",
    "twice the size was asked for": "要求两倍尺寸",
    "dark (mean level {}%, highlights {}%)": "偏暗（平均亮度 {}%，高光 {}%）",
    "flat (contrast {}%)": "灰平（对比度 {}%）",
    "noise is left (σ {})": "仍有噪点（σ {}）",
    "blur is left (fine detail {}%)": "仍有模糊（细节 {}%）",
}
"""With a {} for each number."""

ERRORS: dict[str, str] = {
    "AnimeganError": "出了点问题：请换一张照片再试。",
    "PhotoNotFoundError": "找不到这张照片：请重新选择。",
    "NotAPhotoError": "无法读取这个文件：请选择 JPEG、PNG、WebP、HEIC、AVIF、TIFF、BMP 或 GIF 图片。",
    "PhotoTooSmallError": "照片太小：每边至少需要 16 像素。",
    "PhotoTooLargeError": "照片像素太多：请选择不超过 5000 万像素的照片，或先缩小；两倍尺寸时请改回原尺寸。",
    "OutputNotWritableError": "无法保存结果：磁盘可能已满，请稍后再试。",
    "UnknownStyleError": "没有这种风格：请从列表中选择。",
    "BadOptionError": "某项设置的值无效：请改回默认值。",
    "WeightsUnavailableError": "此风格的权重不可用：请选择其他风格。",
    "HubUnreachableError": "无法连接 Hugging Face Hub：请稍后再试，或选择内置风格。",
    "HubFileNotFoundError": "Hub 上没有这个权重文件：请选择其他风格。",
    "HubAccessDeniedError": "Hub 拒绝访问：请设置 HF_TOKEN，或选择其他风格。",
    "DiskFullError": "磁盘空间不足，无法下载权重：请腾出空间，或选择内置风格。",
    "WeightsCorruptError": "下载的权重与预期不符，已删除：请重试，或选择其他风格。",
    "NotAModelError": "权重文件无法识别：请选择其他风格。",
}

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LIST = re.compile(r"(?<=\)), ")


def language(accepted: str | None) -> str:
    """The page's language for an ``Accept-Language`` header: Chinese, if the first that it names is, else English."""
    return "zh" if (accepted or "").strip().lower().startswith("zh") else "en"


def say(key: str, tongue: str, *parts: object) -> str:
    """One of `TEXTS`, with the parts in their places."""
    return TEXTS[key][LANGUAGES.index(tongue)].format(*parts) if parts else TEXTS[key][LANGUAGES.index(tongue)]


def translations() -> dict[str, dict[str, str]]:
    """All texts by language, as gradio's ``I18n`` takes them, under their `flat` keys."""
    return {tongue: {flat(key): text[n] for key, text in TEXTS.items()} for n, tongue in enumerate(LANGUAGES)}


def flat(key: str) -> str:
    """A key without dots, which in a browser's translations would mean a table within a table, and unlike any of
    gradio's own.
    """
    return f"animegan_{key.replace('.', '_')}"


def phrase(sentence: str, tongue: str) -> str:
    """A sentence of the package in that language; one that is not in `PHRASES` stays English."""
    if tongue == "en":
        return sentence
    known = PHRASES.get(_NUMBER.sub("{}", sentence))
    if known is not None:
        return known.format(*_NUMBER.findall(sentence))
    parts = _LIST.split(sentence)  # reasons are joined by commas, and end in brackets
    return "，".join(phrase(part, tongue) for part in parts) if len(parts) > 1 else sentence
