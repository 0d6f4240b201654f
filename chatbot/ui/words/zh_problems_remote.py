"""Errors of servers, of the hub's models and of the cluster in Chinese, by their English templates."""

from __future__ import annotations

from collections.abc import Mapping

SERVERS: Mapping[str, str] = {
    "The server address of {} is invalid": "{} 的服务器地址无效",
    "There is no connection to the server": "没有与服务器的连接",
    "The server backend is not loaded": "服务器后端未加载",
    "Reload the backend": "请重新加载后端",
    "The server {} lists no models": "服务器 {} 没有列出模型",
    "Set model under [options.{}]": "请在 [options.{}] 下设置 model",
    "The server {} is not responding": "服务器 {} 没有响应",
    "Start it, or check url under [options.{}]": "请启动它，或检查 [options.{}] 下的 url",
    "The server {} sent nothing for {} s": "服务器 {} 已有 {} 秒没有响应",
    "Wait until it is less busy, or increase timeout under [options.{}]": (
        "请等它空闲一些，或调大 [options.{}] 下的 timeout"
    ),
    "The server {} sent a response that could not be read": "服务器 {} 的响应无法读取",
    "Check url under [options.{}]: it usually ends in /v1": "请检查 [options.{}] 下的 url，它通常以 /v1 结尾",
    "No server is set for the backend openai of {}": "{} 的后端 openai 未设置服务器",
    "Set url under {}, such as url = {}, or the variable {}": (
        "请在 {} 下设置 url，例如 url = {}，或设置变量 {}"
    ),
    "Change url under {}": "请更改 {} 下的 url",
    "The server address of {} contains a username or password": "{} 的服务器地址包含用户名或密码",
    "Put the key into api_key under {}, or into the variable {}": (
        "请将密钥放在 {} 下的 api_key，或变量 {} 中"
    ),
    "Choose another backend, or turn off --offline (TRIO_OFFLINE)": (
        "请选择其他后端，或关闭 --offline（TRIO_OFFLINE）"
    ),
    "Turn off --offline (TRIO_OFFLINE)": "请关闭 --offline（TRIO_OFFLINE）",
    "The API key for the server of {} contains invalid characters": ("{} 的服务器密钥包含无效字符"),
    "Copy it again into api_key under [options.{}], or into {}": (
        "请重新复制到 [options.{}] 下的 api_key，或 {}"
    ),
    "The option {} of {} is invalid: {}": "{1} 的选项 {0} 无效：{2}",
    "Change it under [options.{}] in the settings file": "请在设置文件的 [options.{}] 下更改",
    "The model {} returned no description of the picture": "模型 {} 没有返回图片描述",
    "The server {} returns only text, no encoder output": "服务器 {} 只返回文字，没有编码器输出",
    "The audio has a different sample rate": "音频的采样率不符",
    "The server {} returned no transcript": "服务器 {} 没有返回转写文字",
    "The server's voice does not support that language": "服务器的音色不支持该语言",
    "The server {} returned no readable audio": "服务器 {} 没有返回可读取的音频",
    "The backend {} of {} does not have these options": "{1} 的后端 {0} 没有这些选项",
    "Change [options.{}] in the settings file, or the backend under [backends]": (
        "请更改设置文件里的 [options.{}]，或 [backends] 下的后端"
    ),
    "[options.{}.{}] is not a table of options": "[options.{}.{}] 不是选项表",
    "Write the options as a table: [options.{}.{}]": "请将选项写成表：[options.{}.{}]",
    "The server of {} is on another machine, but Trio is set to stay offline": (
        "{} 的服务器在另一台机器上，但 Trio 处于离线模式"
    ),
    "The connection to {} was lost in the middle of the response": "与 {} 的连接在响应中途断开",
    "The server {} rejected the API key (one was given)": "服务器 {} 拒绝了所给的 API 密钥",
    "The server {} rejected the API key (none was given)": "服务器 {} 需要 API 密钥，但没有提供",
    "Set api_key under [options.{}] or in the variable {}": "请设置 [options.{}] 下的 api_key 或变量 {}",
    "The server {} does not have the model": "服务器 {} 没有这个模型",
    "Change model under [options.{}]": "请更改 [options.{}] 下的 model",
    "The server {} has no {}": "服务器 {} 没有 {}",
    "Check url under [options.{}], or choose another backend for {}": (
        "请检查 [options.{}] 下的 url，或为 {} 选择其他后端"
    ),
    "The server {} is not accepting requests right now": "服务器 {} 暂不接受请求",
    "Try again later": "请稍后重试",
    "The server {} failed ({})": "服务器 {} 出错（{}）",
    "Check its log": "请查看其日志",
    "The server {} rejected the request ({})": "服务器 {} 拒绝了请求（{}）",
}

HUB: Mapping[str, str] = {
    "This device or data type is not supported": "不支持此设备或数据类型",
    "This CUDA device does not exist": "此 CUDA 设备不存在",
    "There is no text to match": "没有可匹配的文本",
    "This machine has no device {} that torch {} supports": "这台机器没有 torch {1} 支持的设备 {0}",
    "Choose auto, or install the matching driver and torch build": "请选择 auto，或安装匹配的驱动和 torch",
    "The device does not have enough memory for {} and this input": "设备内存不足，无法用 {} 处理此输入",
    "Choose a smaller model, dtype float16, a smaller batch_size, or device cpu": (
        "请选择更小的模型、float16、更小的 batch_size，或 cpu"
    ),
    "{} has no weights that Trio can use": "{} 没有 Trio 可用的权重",
    ("Name the files with --file, or choose a revision with safetensors; pickles are not accepted"): (
        "请用 --file 指定文件，或选择带 safetensors 的版本；不接受 pickle 文件"
    ),
    "The download of {} was rejected: {} does not match the published file": (
        "{} 的下载未通过校验：{} 与发布的文件不符"
    ),
    "The model {} is not on this computer": "这台电脑上没有模型 {}",
    "Download it with: {}": "下载命令：{}",
    "There is not enough disk space for {}": "磁盘空间不足，无法存放 {}",
    "The model {} needs {}, which is missing or was built for another version of torch": (
        "模型 {} 需要 {}，但它未安装或与 torch 版本不匹配"
    ),
    "Install matching versions: {}": "请安装匹配的版本：{}",
    "The files of {} are missing weights of {}": "{} 的文件缺少 {} 的权重",
    "Choose a model trained for this stage": "请选择为此步骤训练的模型",
    "The model {} is not loaded": "模型 {} 未加载",
    "The model {} cannot be opened": "无法打开模型 {}",
    "Check that it is a model for this stage, with safetensors weights": (
        "请确认它是用于此步骤的模型，并带有 safetensors 权重"
    ),
    "The model {} needs the package {}": "模型 {} 需要软件包 {}",
    "The hub could not be reached to download {}": "无法连接 Hugging Face 下载 {}",
    "Check the network and try again: the download will resume where it stopped": (
        "请检查网络后重试，下载会从中断处继续"
    ),
    "The owners of {} require you to accept their terms before downloading": (
        "{} 的所有者要求先接受条款再下载"
    ),
    "Accept the terms at {}, run: hf auth login, then try again": (
        "请在 {} 接受条款，运行 hf auth login，然后重试"
    ),
    "The hub has no model {}, or the model is private": "Hugging Face 上没有模型 {}，或它是私有的",
    "Check the name; for a private model, run: hf auth login": "请检查名称；私有模型请运行 hf auth login",
    "{} has no revision with that name": "{} 没有此版本",
    "Use a branch, a tag or a commit": "请使用分支、标签或提交",
    "{} cannot be downloaded while offline": "离线时无法下载 {}",
    "Unset HF_HUB_OFFLINE, or use a folder on this computer": "请取消设置 HF_HUB_OFFLINE，或使用本机的文件夹",
    "The disk is full: {} could not be downloaded": "磁盘已满，无法下载 {}",
    "Free up disk space and try again: the download will resume where it stopped": (
        "请释放磁盘空间后重试，下载会从中断处继续"
    ),
    "The files of {} could not be written": "无法写入 {} 的文件",
    "The model {} was rejected: a file has changed since it was downloaded": (
        "模型 {} 未通过校验：有文件在下载后被改动"
    ),
    "Delete that file, then {}": "请删除该文件，然后 {}",
    "download it again with: {}": "重新下载：{}",
    "download it with: {}": "下载：{}",
    "The lock file of {} cannot be read": "无法读取 {} 的锁定文件",
    "Delete it and download the model again": "请删除它并重新下载模型",
    "There is no model at this path": "此路径下没有模型",
    "Check the path": "请检查路径",
    "This is not the name of a hub model": "这不是 Hugging Face 模型的名称",
    "The classifier's labels cannot be named like this": "分类器的标签不能这样命名",
    "None of the classifier's labels matches one of Trio's": "分类器的标签与 Trio 的标签都不匹配",
    "Map them in the options, for example: labels = {}": "请在选项中对应，例如：labels = {}",
    "These settings for picture tags are invalid": "图片标签的设置无效",
    "The model {} has no safetensors for open_clip": "模型 {} 没有 open_clip 可用的 safetensors",
    "Give one or more texts, none of them blank": "请给出一个或多个文本，不能为空",
    "The model {} is not a speech recognition model that Trio can use": (
        "模型 {} 不是 Trio 可用的语音识别模型"
    ),
    "The model {} needs a different sample rate": "模型 {} 需要其他采样率",
    "Kokoro runs only on the CPU, with the data type of its graph": (
        "Kokoro 只能在 CPU 上以模型自身的数据类型运行"
    ),
    "Kokoro has no voice with that name": "Kokoro 没有此名称的音色",
    "{} does not have this ONNX graph": "{} 没有此 ONNX 模型",
    "Set the option file": "请设置选项 file",
    "Kokoro's voices cannot be read": "无法读取 Kokoro 的音色",
    "Kokoro could not read a sentence aloud": "Kokoro 有一句话未能朗读",
    "The voice {} does not support this language": "音色 {} 不支持此语言",
    "The SpeechBrain model is not complete": "SpeechBrain 模型不完整",
    "The SpeechBrain model has no labels": "SpeechBrain 模型没有标签",
    "The files of {} do not match": "{} 的文件不匹配",
    "These transcriber settings are invalid": "语音识别的设置无效",
    "The transcriber {} does not support this language": "语音识别模型 {} 不支持此语言",
    "The model {} reads only Latin letters, but its language uses another script": (
        "模型 {} 只能读拉丁字母，而其语言使用其他文字"
    ),
    "The model {} is not a voice that Trio can use": "模型 {} 不是 Trio 可用的语音合成模型",
    "A VITS model's speaker is a number": "VITS 模型的说话人是一个编号",
    "The model {} has no such speaker": "模型 {} 没有这个说话人",
    "The speaker's x-vector has a different size than the model expects": (
        "说话人的 x-vector 与模型要求的维度不同"
    ),
    "The speaker's x-vector cannot be read": "无法读取说话人的 x-vector",
    "The Whisper model {} could not be downloaded": "无法下载 Whisper 模型 {}",
    ("Check the network and the disk and try again: the download will resume where it stopped"): (
        "请检查网络和磁盘后重试，下载会从中断处继续"
    ),
    "OpenAI has no Whisper model of that size": "OpenAI 没有这种大小的 Whisper 模型",
    "The Whisper model {} is not on this computer": "这台电脑上没有 Whisper 模型 {}",
    "The Whisper model {} was rejected: it does not match the file published by OpenAI": (
        "Whisper 模型 {} 未通过校验：与 OpenAI 发布的文件不符"
    ),
    "Delete it, then download it with: {}": "请删除它，然后下载：{}",
    ("The download of the Whisper model {} was rejected: it does not match the file published by OpenAI"): (
        "Whisper 模型 {} 的下载未通过校验：与 OpenAI 发布的文件不符"
    ),
    "Whisper by OpenAI needs a package that is not installed": "OpenAI 的 Whisper 需要尚未安装的软件包",
    "These openai-whisper settings are invalid": "openai-whisper 的设置无效",
    "Use the backend transformers for these": "这些设置请改用后端 transformers",
    "The model {} has no chat template": "模型 {} 没有对话模板",
    "Choose a model trained for chat; their names often end in Instruct or Chat": (
        "请选择为对话训练的模型，名称通常以 Instruct 或 Chat 结尾"
    ),
    "The model's chat template does not accept this conversation": "模型的对话模板不接受这段对话",
    "The GGUF file was not found": "未找到 GGUF 文件",
    "Set file to one of the allowed ones": "请将 file 设为允许的文件之一",
    "The adapter file was not found": "未找到适配器文件",
    "Set adapter to a GGUF file": "请将 adapter 设为一个 GGUF 文件",
    "These GGUF model settings are invalid": "GGUF 模型的设置无效",
    "The model {} does not accept pictures": "模型 {} 不支持图片",
    "Choose a model that does, or send captions instead": "请选择支持图片的模型，或改为发送图片描述",
    "Weights of {} bits need packages that are not installed": "{} 位权重需要尚未安装的软件包",
    "These chat model settings are invalid": "对话模型的设置无效",
    "The model {} does not generate text": "模型 {} 不能生成文字",
    "The model {} failed while writing the reply": "模型 {} 生成回复时出错",
}

CLUSTER: Mapping[str, str] = {
    "The cluster could not run {}": "集群无法运行 {}",
    "Check: {}": "请检查：{}",
    "The cluster is not responding": "集群没有响应",
    "Start it with: {}": "启动命令：{}",
    "The cluster does not serve {}": "集群不提供 {}",
    "Deploy it with: {}": "部署命令：{}",
    "The cluster backend is not loaded": "集群后端未加载",
    "The cluster backend was unloaded while in use": "集群后端在使用中被卸载",
    "The cluster took too long to run {}": "集群运行 {} 耗时过长",
    "Add replicas (see docs/cluster.md)": "请增加副本（见 docs/cluster.md）",
    "The cluster for {} has no address": "没有设置 {} 的集群地址",
    "Set address under [options.{}], or the variable {}": "请在 [options.{}] 下设置 address，或设置变量 {}",
    "The backend of {} in the cluster does not report its {}": "集群中 {} 的后端没有提供 {}",
    "Run the same version of Trio here and in the cluster": "请在本机和集群里运行同一版本的 Trio",
    "A message from the cluster could not be read": "无法读取来自集群的消息",
    "What answers at this address is not a Trio cluster": "此地址上应答的不是 Trio 集群",
    "This replica does not support this call": "此副本不支持该调用",
    "This stage failed unexpectedly in the cluster": "此步骤在集群中意外失败",
}
