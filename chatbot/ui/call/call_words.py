"""Every word of the voice call's overlay, by language. The keys are the same in each."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot.ui.words import CATALOGUES

ENGLISH: Mapping[str, str] = {
    "button": "Voice call",
    "title": "Voice call with Trio",
    "idle": "Ready",
    "connecting": "Connecting…",
    "listening": "Listening",
    "hearing": "Hearing you",
    "thinking": "Thinking",
    "speaking": "Speaking",
    "trouble": "Call failed",
    "muted": "Microphone off",
    "hint_listening": "Just speak. Pause briefly when you have finished.",
    "hint_hearing": "Take your time.",
    "hint_thinking": "Keep talking if you had not finished.",
    "hint_speaking": "Speak to interrupt.",
    "hint_push": "Hold the button or the space bar while you speak.",
    "hint_muted": "Trio cannot hear you.",
    "hint_nothing": "No words were heard. Try again, a little closer to the microphone.",
    "you": "You",
    "trio": "Trio",
    "level": "Microphone level",
    "mute": "Mute",
    "unmute": "Unmute",
    "push": "Push to talk",
    "talk": "Hold to talk",
    "interrupt": "Interrupt",
    "end": "End call",
    "close": "Close",
    "retry": "Try again",
    "stopped": "interrupted",
    "understood": "What Trio understood",
    "kind_speech-emotion": "tone of voice",
    "kind_text-emotion": "emotion",
    "kind_sentiment": "sentiment",
    "denied_title": "The browser is blocking the microphone",
    "denied_chrome": (
        "Click the icon to the left of the address, turn on the microphone for this site, and try again."
    ),
    "denied_edge": (
        "Click the lock to the left of the address, choose “Permissions for this site”, "
        "allow the microphone, and try again."
    ),
    "denied_firefox": (
        "Click the crossed-out microphone to the left of the address, remove the block, and try again."
    ),
    "denied_safari": (
        "Open the Safari menu, choose “Settings for This Website”, allow the microphone, and try again."
    ),
    "denied_mobile": (
        "Open the site settings from the address bar and allow the microphone. If it is already allowed, "
        "allow the browser to use it in your phone’s settings. Then try again."
    ),
    "denied_other": "Allow the microphone for this site in the browser’s settings, and try again.",
    "missing_title": "No microphone found",
    "missing_body": "Connect one, or turn it on in your system’s sound settings, and try again.",
    "taken_title": "The microphone is unavailable",
    "taken_body": "Another program may be using it. Close that program, or unplug the microphone and plug it back in.",
    "insecure_title": "The microphone cannot be used at this address",
    "insecure_body": (
        "Browsers allow the microphone only on localhost or over HTTPS. Open http://localhost:{port} on the "
        "computer that runs Trio, or ask the person who runs it to turn on HTTPS."
    ),
    "old_title": "This browser cannot make calls",
    "old_body": "Update it, or use a current version of Chrome, Edge, Firefox or Safari.",
    "lost_title": "Connection lost",
    "lost_body": "What was said is saved. Check that Trio is still running, then call again.",
    "busy_title": "All call lines are busy",
    "busy_body": "Trio can take only a few calls at once. Try again in a moment.",
    "sign_in_title": "You are not logged in",
    "sign_in_body": "Reload the page, log in, and call again.",
    "origin_title": "Trio does not recognise this address",
    "origin_body": "Open Trio at its own address, or ask the person who runs it to make the proxy forward the host name.",
}

CHINESE: Mapping[str, str] = {
    "button": "语音通话",
    "title": "与 Trio 语音通话",
    "idle": "就绪",
    "connecting": "正在连接…",
    "listening": "正在听",
    "hearing": "正在听您说",
    "thinking": "正在思考",
    "speaking": "正在说话",
    "trouble": "通话失败",
    "muted": "麦克风已关闭",
    "hint_listening": "直接说话即可，说完稍作停顿。",
    "hint_hearing": "您慢慢说。",
    "hint_thinking": "如果还没说完，可以接着说。",
    "hint_speaking": "开口说话即可打断。",
    "hint_push": "说话时请按住按钮或空格键。",
    "hint_muted": "Trio 现在听不到您。",
    "hint_nothing": "没有听到说话声，请靠近麦克风再说一次。",
    "you": "您",
    "trio": "Trio",
    "level": "麦克风音量",
    "mute": "静音",
    "unmute": "取消静音",
    "push": "按键说话",
    "talk": "按住说话",
    "interrupt": "打断",
    "end": "结束通话",
    "close": "关闭",
    "retry": "重试",
    "stopped": "已打断",
    "understood": "Trio 的理解",
    "kind_speech-emotion": "语气",
    "kind_text-emotion": "文字情绪",
    "kind_sentiment": "情感倾向",
    "denied_title": "浏览器阻止了麦克风",
    "denied_chrome": "点击地址栏左侧的图标，为此网站开启麦克风，然后重试。",
    "denied_edge": "点击地址栏左侧的锁形图标，选择“此站点的权限”，允许麦克风，然后重试。",
    "denied_firefox": "点击地址栏左侧带斜线的麦克风图标，取消阻止，然后重试。",
    "denied_safari": "打开 Safari 菜单，选择“此网站的设置”，允许麦克风，然后重试。",
    "denied_mobile": "从地址栏打开网站设置，允许麦克风；如已允许，请在手机系统设置中允许浏览器使用麦克风，然后重试。",
    "denied_other": "请在浏览器设置中允许此网站使用麦克风，然后重试。",
    "missing_title": "未找到麦克风",
    "missing_body": "请连接麦克风，或在系统声音设置中启用它，然后重试。",
    "taken_title": "麦克风不可用",
    "taken_body": "麦克风可能正被其他程序占用。请关闭该程序，或重新插拔麦克风。",
    "insecure_title": "在此地址无法使用麦克风",
    "insecure_body": (
        "浏览器只允许在 localhost 或 HTTPS 网站上使用麦克风。请在运行 Trio 的电脑上打开 "
        "http://localhost:{port}，或请管理员启用 HTTPS。"
    ),
    "old_title": "此浏览器无法通话",
    "old_body": "请更新浏览器，或使用最新版 Chrome、Edge、Firefox 或 Safari。",
    "lost_title": "连接已断开",
    "lost_body": "说过的话都已保存。请确认 Trio 仍在运行，然后重新呼叫。",
    "busy_title": "通话线路忙",
    "busy_body": "Trio 能同时接通的通话有限，请稍后再试。",
    "sign_in_title": "您尚未登录",
    "sign_in_body": "请刷新页面并登录，然后重新呼叫。",
    "origin_title": "Trio 无法识别此地址",
    "origin_body": "请通过 Trio 自己的地址打开，或请管理员让代理服务器转发主机名。",
}


def _with_labels(words: Mapping[str, str], language: str) -> Mapping[str, str]:
    """Return the words with the page's names of emotions, as `label_NAME`."""
    named = CATALOGUES[language].labels.emotions
    return {**words, **{f"label_{label}": name for label, name in named.items()}}


WORDS: Mapping[str, Mapping[str, str]] = {
    "en": _with_labels(ENGLISH, "en"),
    "zh": _with_labels(CHINESE, "zh"),
}
