"""The words of the page's tools: sidebar, camera, dropping files, help; in each language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ToolWords:
    """Names and hints of the tools. `keys`: what each shortcut does."""

    skip: str
    sidebar: str
    sidebar_label: str
    settings: str
    help: str
    close: str
    enlarge: str
    drop: str
    camera: str
    camera_title: str
    camera_take: str
    camera_again: str
    camera_use: str
    camera_cancel: str
    camera_live: str
    camera_waiting: str
    camera_none: str
    camera_denied: str
    camera_busy: str
    help_title: str
    help_keys: str
    help_key_focus: str
    help_key_send: str
    help_key_line: str
    help_key_stop: str
    help_key_new: str
    help_key_search: str
    help_key_settings: str
    help_key_help: str
    help_inputs: str
    help_inputs_text: str
    help_limits: str
    help_limits_text: str
    key_enter: str
    key_escape: str
    offline: str
    offline_reply: str


ENGLISH = ToolWords(
    skip="Skip to the message box",
    sidebar="Show or hide sidebar",
    sidebar_label="Conversations",
    settings="Settings",
    help="Help and keyboard shortcuts",
    close="Close",
    enlarge="Enlarge picture",
    drop="Drop pictures or recordings here",
    camera="Take a photo",
    camera_title="Take a photo",
    camera_take="Capture",
    camera_again="Retake",
    camera_use="Use photo",
    camera_cancel="Cancel",
    camera_live="Camera preview",
    camera_waiting="Waiting for the camera. Your browser may ask for permission.",
    camera_none="No camera found. Connect one, or add a picture with the paper clip button.",
    camera_denied="The browser is blocking the camera. Allow it next to the address bar, then try again.",
    camera_busy="The camera is unavailable. If another program is using it, close it and try again.",
    help_title="Help",
    help_keys="Keyboard shortcuts",
    help_key_focus="Go to the message box",
    help_key_send="Send",
    help_key_line="New line",
    help_key_stop="Stop the reply and reading aloud",
    help_key_new="New conversation",
    help_key_search="Search conversations",
    help_key_settings="Settings",
    help_key_help="Show this help",
    help_inputs="What you can send",
    help_inputs_text=(
        "Text, pictures and recordings, in any combination. Drop or paste them anywhere on the page, choose "
        "several files at once, take a photo or record your voice."
    ),
    help_limits="Limits",
    help_limits_text=(
        "Up to 10 files per message, 50 MB each, with up to 10 minutes of sound in total. "
        "Replies are written by a small model that can make mistakes. Check important information."
    ),
    key_enter="Enter",
    key_escape="Esc",
    offline="Connection lost, reconnecting…",
    offline_reply="The reply will continue here once Trio can be reached again.",
)

CHINESE = ToolWords(
    skip="跳到消息输入框",
    sidebar="显示或隐藏侧栏",
    sidebar_label="对话列表",
    settings="设置",
    help="帮助与快捷键",
    close="关闭",
    enlarge="放大图片",
    drop="将图片或录音拖放到此处",
    camera="拍照",
    camera_title="拍照",
    camera_take="拍摄",
    camera_again="重拍",
    camera_use="使用照片",
    camera_cancel="取消",
    camera_live="摄像头预览",
    camera_waiting="正在等待摄像头，浏览器可能会请求您授权。",
    camera_none="未找到摄像头。请连接摄像头，或用回形针按钮添加图片。",
    camera_denied="浏览器阻止了摄像头。请在地址栏旁允许使用，然后重试。",
    camera_busy="摄像头不可用，可能正被其他程序占用。请关闭该程序后重试。",
    help_title="帮助",
    help_keys="快捷键",
    help_key_focus="跳到消息输入框",
    help_key_send="发送",
    help_key_line="换行",
    help_key_stop="停止回复和朗读",
    help_key_new="新对话",
    help_key_search="搜索对话",
    help_key_settings="设置",
    help_key_help="打开帮助",
    help_inputs="可以发送什么",
    help_inputs_text="文字、图片和录音，可任意组合。您可以拖放或粘贴到页面任意位置、一次选择多个文件、拍照或录音。",
    help_limits="限制",
    help_limits_text=(
        "每条消息最多 10 个文件，每个不超过 50 MB，录音总时长不超过 10 分钟。"
        "回复由小型模型生成，可能有误，重要信息请核实。"
    ),
    key_enter="回车",
    key_escape="Esc",
    offline="连接已断开，正在重新连接…",
    offline_reply="连接恢复后，回复会在这里继续。",
)
