"""Kept conversations in Simplified Chinese."""

from __future__ import annotations

from chatbot.ui.words.history_words import ActionWords, Ask, HistoryWords, SidebarWords

SIDEBAR = SidebarWords(
    sidebar="对话和图片",
    conversations="对话",
    pictures="图片",
    search="搜索对话",
    search_pictures="按内容搜索图片",
    today="今天",
    yesterday="昨天",
    earlier="更早",
    untitled="无标题",
    more="显示更多",
    pinned="已置顶",
    pin="置顶",
    unpin="取消置顶",
    rename="重命名",
    delete="删除",
    export="导出",
    export_all="全部导出",
    bring_in="导入",
    sign_out="退出登录",
    brought_in="已导入 {count} 个对话。",
    there_already="另有 {count} 个已经存在，没有重复导入。",
    left_out="{name} 没有导入。{why}",
    nothing_yet="您的对话会出现在这里。",
    nothing_found="没有结果",
    no_pictures="您发送的图片会出现在这里。",
    no_caption="暂无描述",
    by_words_alone="仅显示字词匹配的结果：语义搜索不可用。",
    not_kept="此对话不会保存。",
    places={
        "title": "标题",
        "words": "您的消息",
        "transcript": "您的录音",
        "reply": "回复",
        "caption": "图片",
        "text in picture": "图片中的文字",
    },
    of="{action}：{title}",
)

ACTIONS = ActionWords(
    question="消息操作",
    reply="回复操作",
    edit="编辑并重新发送",
    copy="复制",
    copied="已复制",
    retry="重新回答",
    retry_with_another="换一个模型重新回答",
    go_on="继续",
    undo="撤回最后一条消息",
    redo="重做",
    undone="已撤回最后一条消息。",
    like="回复得好",
    dislike="回复得不好",
    versions="此消息的各个版本",
    previous="上一版本",
    following="下一版本",
    place="{number}/{count}",
    voice="语音回复",
    listen="收听",
    playback_speed="播放速度",
    recording="您的录音",
    show_all="展开全部",
    show_less="收起",
    interrupted="已中断，回复到此为止。",
    writing="正在回复…",
    instructions="此对话的指令",
    instructed="已设指令",
    missing="此对话不存在，可能已被删除。",
)

ASKS = {
    "edit": Ask("编辑消息", "您的消息", "发送"),
    "rename": Ask("重命名对话", "标题", "重命名"),
    "delete": Ask("删除此对话？", "其中的消息、图片和录音将被永久删除。", "删除"),
    "instruct": Ask(
        "此对话的指令",
        "Trio 在此对话的每条回复中都应遵守的指令，例如角色或语气。留空则不设指令。",
        "保存",
    ),
    "like": Ask("回复得好", "好在哪里？（选填）", "保存"),
    "dislike": Ask("回复得不好", "哪里不好？（选填）", "保存"),
}

HISTORY = HistoryWords(SIDEBAR, ACTIONS, ASKS, cancel="取消")
