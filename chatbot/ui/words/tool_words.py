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
    help_key_settings: str
    help_key_help: str
    help_inputs: str
    help_inputs_text: str
    help_limits: str
    help_limits_text: str
    key_enter: str
    key_escape: str


ENGLISH = ToolWords(
    skip="Skip to the message box",
    sidebar="Show or hide the sidebar",
    sidebar_label="Conversations",
    settings="Settings",
    help="Help and keys",
    close="Close",
    enlarge="Enlarge the picture",
    drop="Drop pictures or recordings here",
    camera="Take a picture",
    camera_title="Take a picture",
    camera_take="Take it",
    camera_again="Again",
    camera_use="Use it",
    camera_cancel="Cancel",
    camera_live="What the camera sees",
    camera_waiting="Waiting for the camera. The browser may ask whether it may be used.",
    camera_none="No camera was found. Connect one, or choose a picture with the paper clip.",
    camera_denied="The browser keeps this page from the camera. Allow it beside the address, then try again.",
    camera_busy="The camera cannot be used; another program may have it. Close that program and try again.",
    help_title="Help",
    help_keys="Keys",
    help_key_focus="Go to the message box",
    help_key_send="Send",
    help_key_line="New line",
    help_key_stop="Stop the reply and its voice",
    help_key_new="New chat",
    help_key_settings="Settings",
    help_key_help="This help",
    help_inputs="What you can send",
    help_inputs_text=(
        "Text, pictures and recordings, in any combination. Drop or paste them anywhere on the page, choose "
        "several files at once, take a picture or record your voice."
    ),
    help_limits="Limits",
    help_limits_text=(
        "At most 10 files a message, 50 MB each, and 10 minutes of sound together. Replies are written by a "
        "small model in English: check what matters."
    ),
    key_enter="Enter",
    key_escape="Esc",
)

CHINESE = ToolWords(
    skip="跳到消息输入框",
    sidebar="显示或隐藏侧栏",
    sidebar_label="对话列表",
    settings="设置",
    help="帮助与快捷键",
    close="关闭",
    enlarge="放大图片",
    drop="把图片或录音放到这里",
    camera="拍照",
    camera_title="拍照",
    camera_take="拍摄",
    camera_again="重拍",
    camera_use="使用",
    camera_cancel="取消",
    camera_live="摄像头画面",
    camera_waiting="正在等待摄像头。浏览器可能会询问是否允许使用。",
    camera_none="没有找到摄像头。请接上一个，或用回形针按钮选择图片。",
    camera_denied="浏览器不允许本页使用摄像头。请在地址栏旁边允许后再试。",
    camera_busy="摄像头无法使用，可能被其他程序占用。请关闭该程序后再试。",
    help_title="帮助",
    help_keys="快捷键",
    help_key_focus="跳到消息输入框",
    help_key_send="发送",
    help_key_line="换行",
    help_key_stop="停止回复和朗读",
    help_key_new="新对话",
    help_key_settings="设置",
    help_key_help="打开本帮助",
    help_inputs="可以发送什么",
    help_inputs_text="文字、图片和录音，可任意组合。可以拖放或粘贴到页面任何位置，一次选择多个文件，拍照，或录音。",
    help_limits="限制",
    help_limits_text=(
        "一条消息最多 10 个文件，每个不超过 50 MB，录音总长不超过 10 分钟。"
        "回复由一个小模型用英语写成，重要内容请自行核实。"
    ),
    key_enter="回车",
    key_escape="退出键",
)
