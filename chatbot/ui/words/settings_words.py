"""The words of the settings, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SettingsWords:
    """The settings panel. Fields with braces are templates for the methods."""

    title: str
    close: str
    note: str
    page: str
    language: str
    theme: str
    theme_system: str
    theme_light: str
    theme_dark: str
    history: str
    history_note: str
    replies: str
    reply_language: str
    reply_automatic: str
    reply_note: str
    length: str
    length_short: str
    length_medium: str
    length_long: str
    length_longest: str
    length_own: str
    temperature: str
    temperature_note: str
    follow_ups: str
    follow_ups_note: str
    voice_group: str
    speak: str
    voice: str
    language_voice: str
    voices: Mapping[str, str]
    woman: str
    man: str
    speed: str
    listen: str
    listen_to: str
    sample: str
    not_heard: str
    models: str
    models_note: str
    profile: str
    profile_embedded: str
    profile_quality: str
    profile_server: str
    profile_cluster: str
    profile_own: str
    kind_embedded: str
    kind_hub: str
    kind_server: str
    writer_large: str
    writer_small: str
    writer_chosen: str
    needs: str
    refused: str
    not_there: str
    asking_hub: str
    hub_offer: str
    much_memory: str
    download: str
    download_begins: str
    downloading: str
    time_left: str
    minutes: str
    seconds: str
    stop_download: str
    download_stopped: str
    download_failed: str

    def get(self, size: int) -> str:
        """Return the label of the button that downloads `size` bytes."""
        return self.download.format(size=_size(size))

    def progress(self, name: str, done: int, total: int, seconds_left: float | None) -> str:
        """Return how far a download is, in bytes, and the time left where it is known."""
        said = self.downloading.format(name=name, done=_size(done), total=_size(total))
        if seconds_left is None:
            return said
        minutes = round(seconds_left / 60)
        spoken, count = (self.minutes, minutes) if minutes else (self.seconds, round(seconds_left))
        return said + self.time_left.format(left=spoken.format(count=count))

    def needing(self, name: str, why: str) -> str:
        """Return the line for a model that cannot run here."""
        return self.needs.format(name=name, why=why)

    def cannot_use(self, name: str, why: str) -> str:
        """Return why a model was not taken."""
        return self.refused.format(name=name, why=why)

    def hear(self, language: str) -> str:
        """Return the name of the button that plays a sentence in a language's voice."""
        return self.listen_to.format(language=language)

    def silent(self, why: str) -> str:
        """Return why no voice is heard."""
        return self.not_heard.format(why=why)

    def voice_of(self, language: str) -> str:
        """Return the label of a language's list of voices."""
        return self.language_voice.format(language=language)

    def voice_name(self, voice: str) -> str:
        """Return the name of one of Kokoro's voices: "zf_xiaobei" is a woman's, "zm_yunxi" a man's."""
        kind, _, name = voice.rpartition("_")
        template = {"f": self.woman, "m": self.man}.get(kind[-1:], "{name}")
        return template.format(name=self.voices.get(name, name))

    def length_of(self, tokens: int) -> str:
        """Return the name of a length that is none of the three."""
        return self.length_own.format(tokens=tokens)


ENGLISH = SettingsWords(
    title="Settings",
    close="Close settings",
    note="Saved in this browser only.",
    page="General",
    language="Page language",
    theme="Theme",
    theme_system="Match system",
    theme_light="Light",
    theme_dark="Dark",
    history="Save my conversations",
    history_note=(
        "Saved on this computer, where you can search and delete them. "
        "When this is off, closing the tab ends the conversation for good."
    ),
    replies="Replies",
    reply_language="Reply language",
    reply_automatic="Automatic (your language, if the model supports it)",
    reply_note="The chat model can reply in: {languages}.",
    length="Maximum reply length",
    length_short="Short",
    length_medium="Medium",
    length_long="Long",
    length_longest="Very long",
    length_own="{tokens} tokens",
    temperature="Creativity",
    temperature_note="0 picks the most likely words. Higher values bring more variety and more mistakes.",
    follow_ups="Suggest follow-up questions",
    follow_ups_note="Written after a reply, when Trio is idle, by a model on this computer.",
    voice_group="Voice",
    speak="Read replies aloud",
    voice="Voice",
    language_voice="Voice for {language}",
    voices={
        "xiaobei": "Xiaobei",
        "xiaoni": "Xiaoni",
        "xiaoxiao": "Xiaoxiao",
        "xiaoyi": "Xiaoyi",
        "yunjian": "Yunjian",
        "yunxi": "Yunxi",
        "yunxia": "Yunxia",
        "yunyang": "Yunyang",
    },
    woman="{name} (woman)",
    man="{name} (man)",
    speed="Speaking speed",
    listen="Listen",
    listen_to="Listen to the voice for {language}",
    sample="Hello! This is how I will read my replies to you.",
    not_heard="The voice could not be played. {why}",
    models="Models",
    models_note="Changes apply from your next message and affect only you.",
    profile="Profile",
    profile_embedded="Built in (runs on this computer)",
    profile_quality="Quality (larger models from Hugging Face)",
    profile_server="Server (models at an address you set)",
    profile_cluster="Cluster (Trio on several machines)",
    profile_own="Custom",
    kind_embedded="Built in",
    kind_hub="Hugging Face",
    kind_server="Server",
    writer_large="The larger of Trio’s two built-in chat models: {memory} GB of memory is enough for it.",
    writer_small=(
        "The smaller of Trio’s two built-in chat models: this computer has {memory} GB of memory, and the "
        "larger one needs {least} GB."
    ),
    writer_chosen="This model is set in Trio’s settings on this computer.",
    needs="{name} cannot run here: {why}",
    refused="{name} was not selected. {why}",
    not_there="{name} has not been downloaded yet.",
    asking_hub="{name} has not been downloaded yet. Looking it up on Hugging Face…",
    hub_offer="{name} has not been downloaded yet. It is {repository} on Hugging Face, licence: {licence}.",
    much_memory=" It may be too large for this computer’s memory.",
    download="Download ({size})",
    download_begins="Downloading {name}…",
    downloading="Downloading {name}: {done} of {total}",
    time_left=", {left} left",
    minutes="{count} min",
    seconds="{count} s",
    stop_download="Stop",
    download_stopped="The download of {name} was stopped. It will continue from here next time.",
    download_failed="{name} could not be downloaded. {why}",
)

CHINESE = SettingsWords(
    title="设置",
    close="关闭设置",
    note="仅保存在此浏览器中。",
    page="通用",
    language="界面语言",
    theme="主题",
    theme_system="跟随系统",
    theme_light="浅色",
    theme_dark="深色",
    history="保存对话",
    history_note="对话保存在这台电脑上，可搜索和删除。关闭此项后，标签页一关，对话就会消失。",
    replies="回复",
    reply_language="回复语言",
    reply_automatic="自动（模型支持时使用您的语言）",
    reply_note="对话模型可用的回复语言：{languages}。",
    length="回复长度上限",
    length_short="短",
    length_medium="中",
    length_long="长",
    length_longest="很长",
    length_own="{tokens} 个词元",
    temperature="创造性",
    temperature_note="0 表示始终选用最可能的词；数值越高，回复越多样，也越容易出错。",
    follow_ups="推荐后续问题",
    follow_ups_note="回复结束后，由这台电脑上的模型在空闲时生成。",
    voice_group="语音",
    speak="朗读回复",
    voice="音色",
    language_voice="{language}音色",
    voices={
        "xiaobei": "晓北",
        "xiaoni": "晓妮",
        "xiaoxiao": "晓晓",
        "xiaoyi": "晓伊",
        "yunjian": "云健",
        "yunxi": "云希",
        "yunxia": "云夏",
        "yunyang": "云扬",
    },
    woman="{name}（女声）",
    man="{name}（男声）",
    speed="语速",
    listen="试听",
    listen_to="试听{language}音色",
    sample="你好！我会用这个声音为你朗读回复。",
    not_heard="无法播放此音色。{why}",
    models="模型",
    models_note="从下一条消息起生效，不影响其他人。",
    profile="配置方案",
    profile_embedded="内置（在本机运行）",
    profile_quality="高质量（Hugging Face 上的较大模型）",
    profile_server="服务器（您指定地址上的模型）",
    profile_cluster="集群（多台机器上的 Trio）",
    profile_own="自定义",
    kind_embedded="内置",
    kind_hub="Hugging Face",
    kind_server="服务器",
    writer_large="Trio 内置的两个对话模型中较大的一个：{memory} GB 内存足够运行。",
    writer_small=(
        "Trio 内置的两个对话模型中较小的一个：这台电脑有 {memory} GB 内存，较大的需要 {least} GB。"
    ),
    writer_chosen="此模型由这台电脑上的 Trio 设置指定。",
    needs="{name} 无法在此运行：{why}",
    refused="未能选用 {name}。{why}",
    not_there="{name} 尚未下载。",
    asking_hub="{name} 尚未下载，正在向 Hugging Face 查询…",
    hub_offer="{name} 尚未下载。来源：Hugging Face 上的 {repository}，许可证：{licence}。",
    much_memory="这台电脑的内存可能不够。",
    download="下载（{size}）",
    download_begins="正在下载 {name}…",
    downloading="正在下载 {name}：{done} / {total}",
    time_left="，还需 {left}",
    minutes="{count} 分钟",
    seconds="{count} 秒",
    stop_download="停止",
    download_stopped="已停止下载 {name}，下次会从这里继续。",
    download_failed="{name} 下载失败。{why}",
)


def _size(count: int) -> str:
    """Return bytes as people read them, in megabytes or gigabytes of a thousand."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
