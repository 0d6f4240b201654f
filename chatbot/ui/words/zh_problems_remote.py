"""Errors of servers, of the hub's models and of the cluster in Chinese, by their English templates."""

from __future__ import annotations

from collections.abc import Mapping

SERVERS: Mapping[str, str] = {
    "The server's back-end is not loaded": "服务器后端未加载",
    "Get the back-end anew": "请重新获取后端",
    "The server {} lists no models": "服务器 {} 没有列出模型",
    "Set model under [options.{}]": "请在 [options.{}] 下设置 model",
    "The server {} does not answer": "服务器 {} 没有响应",
    "Start it, or check url under [options.{}]": "请启动它，或检查 [options.{}] 下的 url",
    "The server {} sent nothing for {} s": "服务器 {} 有 {} 秒没有发来内容",
    "Wait until it is less busy, or raise timeout under [options.{}]": (
        "请等它不那么忙，或调大 [options.{}] 下的 timeout"
    ),
    "The server {} sent an answer that cannot be read": "服务器 {} 的回答无法读取",
    "Check url under [options.{}]: it mostly ends in /v1": "请检查 [options.{}] 下的 url：它通常以 /v1 结尾",
    "The back-end openai of {} has no server": "{} 的后端 openai 没有服务器",
    "Set url under {}, such as url = {}, or the variable {}": (
        "请在 {} 下设置 url，例如 url = {}，或设置变量 {}"
    ),
    "Change url under {}": "请更改 {} 下的 url",
    "The address of the server of {} holds a name or password": "{} 的服务器地址里含有用户名或密码",
    "Put the key into api_key under {}, or into the variable {}": (
        "请将密钥放在 {} 下的 api_key，或变量 {} 中"
    ),
    "Choose another back-end, or leave --offline (TRIO_OFFLINE) out": (
        "请选择其他后端，或不要使用 --offline（TRIO_OFFLINE）"
    ),
    "Leave --offline (TRIO_OFFLINE) out": "请不要使用 --offline（TRIO_OFFLINE）",
    "The key of the server of {} holds characters that keys do not have": (
        "{} 的服务器密钥含有密钥不会有的字符"
    ),
    "Copy it again into api_key under [options.{}], or into {}": (
        "请重新复制到 [options.{}] 下的 api_key，或 {}"
    ),
    "The option {} of {} cannot be used: {}": "{1} 的选项 {0} 不能使用：{2}",
    "Change it under [options.{}] in the settings file": "请在设置文件的 [options.{}] 下更改",
    "The model {} said nothing about the picture": "模型 {} 对图片什么也没有说",
    "The server {} gives words only, no encoder output": "服务器 {} 只给出文字，没有编码器输出",
    "The sound has another sample rate": "声音的采样率不同",
    "The server {} sent no text of the recording": "服务器 {} 没有发来录音的文字",
    "The server's voice does not speak that language": "服务器的声音不会说这种语言",
    "The server {} sent no sound that can be read": "服务器 {} 没有发来可以读取的声音",
    "The back-end {} of {} has no such option": "{1} 的后端 {0} 没有这个选项",
    "Change [options.{}] in the settings file, or the back-end under [backends]": (
        "请更改设置文件里的 [options.{}]，或 [backends] 下的后端"
    ),
    "[options.{}.{}] holds no options": "[options.{}.{}] 里没有选项",
    "Write them as a table: [options.{}.{}]": "请写成表格：[options.{}.{}]",
    "The server of {} is another machine, and Trio is set to stay offline": (
        "{} 的服务器在另一台机器上，而 Trio 被设为离线"
    ),
    "The connection to {} broke off in the middle of the answer": "与 {} 的连接在回答中途断开",
    "The server {} does not accept the key (it was given one)": "服务器 {} 不接受给出的密钥",
    "The server {} does not accept the key (it was given none)": "服务器 {} 需要密钥，但没有给出",
    "Set api_key under [options.{}] or in the variable {}": "请设置 [options.{}] 下的 api_key 或变量 {}",
    "The server {} does not know the model": "服务器 {} 没有这个模型",
    "Change model under [options.{}]": "请更改 [options.{}] 下的 model",
    "The server {} has no {}": "服务器 {} 没有 {}",
    "Check url under [options.{}], or choose another back-end for {}": (
        "请检查 [options.{}] 下的 url，或为 {} 选择其他后端"
    ),
    "The server {} takes no more requests now": "服务器 {} 现在不再接受请求",
    "Try later": "请稍后再试",
    "The server {} failed ({})": "服务器 {} 出错（{}）",
    "Look into its log": "请查看它的日志",
    "The server {} refused the request ({})": "服务器 {} 拒绝了请求（{}）",
}
