"""Kept conversations in Simplified Chinese."""

from __future__ import annotations

from chatbot.ui.words.history_words import ActionWords, Ask, HistoryWords, SidebarWords

SIDEBAR = SidebarWords(
    sidebar="对话和图片",
    conversations="对话",
    pictures="图片",
    search="搜索对话",
    search_pictures="搜索：“海滩的照片”",
    today="今天",
    yesterday="昨天",
    earlier="更早",
    untitled="无标题",
    more="显示更多",
    rename="重命名",
    delete="删除",
    export="导出",
    export_all="全部导出",
    bring_in="导入",
    sign_out="退出登录",
    brought_in="已导入的对话：{count}",
    nothing_yet="您的对话会出现在这里。",
    nothing_found="没有找到。",
    no_pictures="您发送的图片会出现在这里。",
    no_caption="没有描述",
    by_words_alone="只比较了文字：理解含义的模型不可用。",
    not_kept="这段对话不会保存。",
    places={
        "title": "标题",
        "words": "您的话",
        "transcript": "您的声音",
        "reply": "回复",
        "caption": "图片",
        "text in picture": "图片中的文字",
    },
    of="{action}：{title}",
)

ACTIONS = ActionWords(
    question="对这条消息的操作",
    reply="对这条回复的操作",
    edit="修改后重新发送",
    copy="复制",
    copied="已复制",
    retry="重新回答",
    go_on="继续",
    undo="撤回最后一条消息",
    redo="恢复",
    undone="已撤回最后一条消息。",
    like="回答得好",
    dislike="回答得不好",
    versions="这条消息的各个版本",
    previous="较早的版本",
    following="较晚的版本",
    place="第 {number} 个，共 {count} 个",
    voice="回复的语音",
    recording="您的录音",
    interrupted="已中断：回复只写到这里。",
    writing="正在书写…",
    instructions="本对话的要求",
    instructed="已设要求",
    missing="没有这段对话，它可能已被删除。",
    not_yours="消息中的一个文件不存在，或不属于您。",
)

ASKS = {
    "edit": Ask("修改后重新发送", "您的消息", "发送"),
    "rename": Ask("重命名对话", "标题", "重命名"),
    "delete": Ask("永久删除这段对话？", "其中的消息、图片和语音会一起删除。", "删除"),
    "instruct": Ask(
        "本对话的要求",
        "Trio 在本对话的每条回复中都应遵守的要求，例如角色或语气。留空表示没有特别要求。",
        "保存",
    ),
    "like": Ask("好的回复", "好在哪里？（可不填）", "保存"),
    "dislike": Ask("不好的回复", "哪里不好？（可不填）", "保存"),
}

HISTORY = HistoryWords(SIDEBAR, ACTIONS, ASKS, cancel="取消")
