"""The words of the settings, in each language."""

from __future__ import annotations

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
    voice_group: str
    speak: str
    voice: str
    speed: str
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

    def needing(self, name: str, why: str) -> str:
        """Return the line for a model that cannot run here."""
        return self.needs.format(name=name, why=why)

    def cannot_use(self, name: str, why: str) -> str:
        """Return why a model was not taken."""
        return self.refused.format(name=name, why=why)

    def length_of(self, tokens: int) -> str:
        """Return the name of a length that is none of the three."""
        return self.length_own.format(tokens=tokens)


ENGLISH = SettingsWords(
    title="Settings",
    close="Close settings",
    note="Remembered in this browser only.",
    page="Page",
    language="Language of the page",
    theme="Colours",
    theme_system="As the system",
    theme_light="Light",
    theme_dark="Dark",
    history="Keep my conversations",
    history_note="On this computer, where you can find and delete them. Off: a chat goes with its tab.",
    replies="Replies",
    reply_language="Language of replies",
    reply_automatic="Automatic: yours, where the model can write it",
    reply_note="The model that writes the replies knows: {languages}.",
    length="Longest reply",
    length_short="Short",
    length_medium="Medium",
    length_long="Long",
    length_longest="Very long",
    length_own="{tokens} tokens",
    temperature="Freedom of wording",
    temperature_note="0: always the likeliest words. Higher: more varied, and more often wrong.",
    voice_group="Voice",
    speak="Speak replies",
    voice="Voice",
    speed="Voice speed",
    models="Models",
    models_note="Choices count from your next message on and change nothing for other people.",
    profile="Profile",
    profile_embedded="On this computer, in the program itself",
    profile_quality="Quality: larger models from Hugging Face",
    profile_server="Server: models behind an address",
    profile_cluster="Cluster: Trio's models on several machines",
    profile_own="My own choice",
    kind_embedded="Built in",
    kind_hub="From Hugging Face",
    kind_server="On a server",
    writer_large="The larger of the two models that come with Trio: {memory} GB of memory are enough for it.",
    writer_small=(
        "The smaller of the two models that come with Trio: there are {memory} GB of memory, and the larger "
        "one needs {least} GB."
    ),
    writer_chosen="Trio's settings on this computer name this model.",
    needs="{name} cannot run here: {why}",
    refused="{name} was not chosen. {why}",
)

CHINESE = SettingsWords(
    title="设置",
    close="关闭设置",
    note="只保存在这个浏览器里。",
    page="页面",
    language="界面语言",
    theme="颜色",
    theme_system="跟随系统",
    theme_light="浅色",
    theme_dark="深色",
    history="保存我的对话",
    history_note="保存在这台电脑上，可以搜索和删除。关闭后，对话随标签页一起消失。",
    replies="回复",
    reply_language="回复语言",
    reply_automatic="自动：模型会写时用您的语言",
    reply_note="写回复的模型会的语言：{languages}。",
    length="回复长度上限",
    length_short="短",
    length_medium="中",
    length_long="长",
    length_longest="很长",
    length_own="{tokens} 个词元",
    temperature="措辞自由度",
    temperature_note="0：总用最可能的词。越高越多变，也越容易出错。",
    voice_group="语音",
    speak="朗读回复",
    voice="嗓音",
    speed="语速",
    models="模型",
    models_note="从您的下一条消息起生效，不影响其他人。",
    profile="方案",
    profile_embedded="本机：程序自带",
    profile_quality="高质量：较大的社区模型",
    profile_server="服务器：通过网址访问的模型",
    profile_cluster="集群：多台机器上的 Trio 模型",
    profile_own="我自己的选择",
    kind_embedded="程序自带",
    kind_hub="社区模型",
    kind_server="服务器",
    writer_large="Trio 自带的两个模型中较大的一个：内存 {memory} GB，足够运行。",
    writer_small="Trio 自带的两个模型中较小的一个：内存只有 {memory} GB，较大的模型需要 {least} GB。",
    writer_chosen="这台电脑上的 Trio 设置指定了这个模型。",
    needs="{name} 无法在这里运行：{why}",
    refused="未选用 {name}。{why}",
)
