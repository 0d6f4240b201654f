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

HUB: Mapping[str, str] = {
    "This machine has no device {} that torch {} can use": "这台机器没有 torch {1} 可以使用的设备 {0}",
    "Choose auto, or install the driver and the torch build for it": "请选择 auto，或安装相应的驱动和 torch",
    "The device's memory is too small for {} and this input": "设备内存放不下 {} 和这次的输入",
    "Choose a smaller model, dtype float16, a smaller batch_size, or device cpu": (
        "请选择更小的模型、float16、更小的 batch_size，或 cpu"
    ),
    "{} has no weights that can be used here": "{} 没有这里可以使用的权重",
    "Name the files with --file, or choose a revision with safetensors; pickles are refused": (
        "请用 --file 指定文件，或选择带 safetensors 的版本；不接受 pickle"
    ),
    "The download of {} was refused, because {} is not the published file": (
        "{} 的下载被拒绝：{} 不是发布的文件"
    ),
    "The model {} is not on this machine": "模型 {} 不在这台机器上",
    "Get it with: {}": "获取命令：{}",
    "There is not enough room on the disk for {}": "磁盘空间放不下 {}",
    "The model {} needs {}, which is missing or was built for another torch": (
        "模型 {} 需要 {}，而它没有安装或属于另一版 torch"
    ),
    "Install the pair that belongs together: {}": "请安装配套的版本：{}",
    "The files of {} lack weights of a {}": "{} 的文件缺少 {} 的权重",
    "Choose a model that was trained for this stage": "请选择为此阶段训练的模型",
    "The model {} is not loaded": "模型 {} 未加载",
    "The model {} cannot be opened": "无法打开模型 {}",
    "Check that it is a model for this stage, with safetensors weights": (
        "请确认它是用于此阶段的模型，并带有 safetensors 权重"
    ),
    "The model {} needs the package {}": "模型 {} 需要软件包 {}",
    "The hub could not be reached for {}": "获取 {} 时无法连接模型库",
    "Check the network and try again: the download goes on where it stopped": (
        "请检查网络后重试：下载会从中断处继续"
    ),
    "The owners of {} ask for consent before the download": "{} 的所有者要求先同意条款再下载",
    "Accept the terms at {}, run: hf auth login, then try again": (
        "请在 {} 接受条款，运行 hf auth login，然后重试"
    ),
    "The hub has no model {}, or it is private": "模型库没有 {}，或它是私有的",
    "Check the name; for a private one run: hf auth login": "请检查名称；私有模型请运行 hf auth login",
    "{} has no such revision": "{} 没有这个版本",
    "Give a branch, a tag or a commit": "请给出分支、标签或提交",
    "{} cannot be got while offline": "离线时无法获取 {}",
    "Unset HF_HUB_OFFLINE, or give a folder on this machine": "请取消 HF_HUB_OFFLINE，或给出本机的文件夹",
    "The disk became full while {} was being got": "获取 {} 时磁盘已满",
    "Free some room and try again: the download goes on where it stopped": (
        "请腾出空间后重试：下载会从中断处继续"
    ),
    "The files of {} could not be written": "无法写入 {} 的文件",
    "The model {} was refused, because a file changed since it was got": (
        "模型 {} 被拒绝：有文件在获取后被改动"
    ),
    "Delete that file, then: {}": "请删除该文件，然后：{}",
    "The lock file of {} cannot be read": "无法读取 {} 的锁定文件",
    "Delete it and get the model again": "请删除它并重新获取模型",
    "There is no model at that path": "那个路径上没有模型",
    "Check the path": "请检查路径",
    "This is no model of the hub": "这不是模型库里的模型",
    "The labels of the classifier cannot be named like this": "分类器的标签不能这样命名",
    "None of the classifier's labels is one of Trio's": "分类器的标签没有一个是 Trio 认识的",
    "Name them in the options, such as: labels = {}": "请在选项中命名，例如：labels = {}",
    "The tags cannot be made like this": "不能这样生成标签",
    "The model {} has no safetensors for open_clip": "模型 {} 没有 open_clip 可用的 safetensors",
    "Give one or more, none of them blank": "请给出一个或多个，不能为空",
    "The model {} is no transcriber that Trio can use": "模型 {} 不是 Trio 可以使用的语音识别模型",
    "The model {} takes another sample rate": "模型 {} 需要其他采样率",
    "Kokoro runs on the CPU, in the number format of its graph": "Kokoro 只在 CPU 上以自身的数值格式运行",
    "Kokoro has no voice of that name here": "这里没有这个 Kokoro 声音",
    "{} has no such ONNX graph": "{} 没有这个 ONNX 模型",
    "Set file": "请设置 file",
    "Kokoro's voices cannot be read": "无法读取 Kokoro 的声音",
    "Kokoro could not read a sentence": "Kokoro 有一句话没能读出来",
    "The voice {} does not speak this language": "声音 {} 不会说这种语言",
    "The SpeechBrain model is not complete": "SpeechBrain 模型不完整",
    "The SpeechBrain model has no labels": "SpeechBrain 模型没有标签",
    "The files of {} do not belong together": "{} 的文件不配套",
    "The transcriber cannot work like this": "语音识别不能这样工作",
    "The transcriber {} does not know this language": "语音识别 {} 不懂这种语言",
    "The model {} reads Latin letters only, and its language has others": (
        "模型 {} 只读拉丁字母，而这种语言用其他文字"
    ),
    "The model {} is no voice that Trio can use": "模型 {} 不是 Trio 可以使用的声音",
    "A VITS model's speaker is a number": "VITS 模型的说话人是一个编号",
    "The model {} has no such speaker": "模型 {} 没有这个说话人",
    "The speaker's x-vector has another width than the model": "说话人的 x-vector 与模型的维度不同",
    "The speaker's x-vector cannot be read": "无法读取说话人的 x-vector",
    "The Whisper model {} could not be got": "无法获取 Whisper 模型 {}",
    "Check the network and the disk and try again: the download goes on where it stopped": (
        "请检查网络和磁盘后重试：下载会从中断处继续"
    ),
    "OpenAI has no Whisper model of that size": "OpenAI 没有这种大小的 Whisper 模型",
    "The Whisper model {} is not on this machine": "Whisper 模型 {} 不在这台机器上",
    "The Whisper model {} was refused, because it is not the file that OpenAI publishes": (
        "Whisper 模型 {} 被拒绝：它不是 OpenAI 发布的文件"
    ),
    "Delete it, then get it with: {}": "请删除它，然后获取：{}",
    "The download of the Whisper model {} was refused, because it is not OpenAI's file": (
        "Whisper 模型 {} 的下载被拒绝：它不是 OpenAI 的文件"
    ),
    "Whisper by OpenAI needs a package that is not installed": "OpenAI 的 Whisper 需要尚未安装的软件包",
    "openai-whisper cannot work like this": "openai-whisper 不能这样工作",
    "Use the back-end transformers for these": "这些请使用后端 transformers",
    "The model {} has no chat template": "模型 {} 没有对话模板",
    "Choose one that was trained to chat; their names often end in Instruct or Chat": (
        "请选择为对话训练的模型，名称通常以 Instruct 或 Chat 结尾"
    ),
    "The model's chat template refuses the conversation": "模型的对话模板拒绝了这段对话",
    "The GGUF file cannot be found": "找不到 GGUF 文件",
    "Set file to one of them": "请将 file 设为其中之一",
    "The adapter is no file": "找不到适配器文件",
    "Set adapter to a GGUF file": "请将 adapter 设为一个 GGUF 文件",
    "The GGUF model cannot work like this": "GGUF 模型不能这样工作",
    "The model {} cannot see pictures": "模型 {} 看不见图片",
    "Choose one that can, or send their captions instead": "请选择能看图的模型，或改发图片描述",
    "Weights of {} bits need packages that are not installed": "{} 位权重需要尚未安装的软件包",
    "The chat model cannot work like this": "对话模型不能这样工作",
    "The model {} writes no text": "模型 {} 不会写文字",
    "The model {} failed while writing the reply": "模型 {} 在写回复时出错",
}

CLUSTER: Mapping[str, str] = {
    "The cluster could not run {}": "集群无法运行 {}",
    "Look at: {}": "请查看：{}",
    "The cluster is not there": "集群不在",
    "Start it with: {}": "启动命令：{}",
    "The cluster does not serve {}": "集群不提供 {}",
    "Deploy it with: {}": "部署命令：{}",
    "The cluster's back-end is not loaded": "集群后端未加载",
    "The cluster's back-end was unloaded while it was used": "集群后端在使用中被卸载",
    "The cluster took too long for {}": "集群处理 {} 的时间太长",
    "Add replicas, see docs/cluster.md": "请增加副本，见 docs/cluster.md",
    "The cluster for {} has no address": "没有设置 {} 的集群地址",
    "Set address under [options.{}], or the variable {}": "请在 [options.{}] 下设置 address，或设置变量 {}",
    "The back-end of {} in the cluster does not tell its {}": "集群里 {} 的后端没有说明 {}",
    "Run the same version of Trio here and in the cluster": "请在本机和集群里运行同一版本的 Trio",
    "A message of the cluster cannot be read": "无法读取集群的消息",
    "What answers is not a cluster of Trio": "应答的不是 Trio 的集群",
    "This replica has no such call": "这个副本没有这种调用",
    "The stage failed unexpectedly in the cluster": "这个阶段在集群里意外失败",
}
