# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Writes tokenizer/more.json: ids of awkward texts from the two published CLIP tokenizers.

Needs transformers 4.46.3 without ftfy. Run it as
  python make_tokenizer_goldens.py --clip FOLDER --emoji FOLDER
where --clip holds vocab.json and merges.txt of CLIP, --emoji the folders tokenizer and tokenizer_2.
"ids" are those of the fast tokenizer, with the trailing padding cut off; "same_in_both_reference_tokenizers"
is false where the slow one differs.
"""
import argparse
import json
import pathlib

from transformers import CLIPTokenizer, CLIPTokenizerFast

TEXTS = [
    "\U0001F600", "\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466 family", "\U0001F1E9\U0001F1EA flag",
    "thumbs \U0001F44D\U0001F3FD up", "1234", "v1.5 4k 8K UHD", "3.14159e-10", "don't I'LL we've they're he'd I'm it's can't",
    "DON'T SHE'S", "'tis the season", "rock 'n' roll", "''quoted''s", "it\u2019s curly", "caf\u00e9", "cafe\u0301",
    "CAF\u00c9 \u00c0 LA CR\u00c8ME", "na\u00efve fa\u00e7ade", "\u00c5ngstr\u00f6m \u212b", "\u0399\u0301\u0308 \u0390",
    "Stra\u00dfe STRASSE \u1e9e", "\u0130stanbul I\u0131i", "\u01c5 \u01c6 \u01c4", "\u03a3\u0391\u03a3 \u03c3\u03b1\u03c2",
    "\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440", "\u4e00\u53ea\u732b", "cat\u732bcat", "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\u0645\u0631\u062d\u0628\u0627 \u0661\u0662\u0663", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "a\tb\nc\r\nd", "a\u00a0b\u3000c\u2003d", "\u2028line\u2029para\u0085next", "bell\x07ring\x1fsep", "zero\u200dwidth\ufeffjoin",
    "soft\u00adhyphen", "snake_case __dunder__", "a-b--c---d", "(masterpiece:1.2), [best] {quality}", "<lora:x:0.8>",
    "&lt;b&gt; &amp;amp; &#39;", "hello<|endoftext|>world", "<|startoftext|>", "<|ENDOFTEXT|>", "<|end of text|>", "<|endoftext", "!", "!!",
    "wow!!! great!", "!a!b!", "what?!", "<|endo!ftext|>", "\u00bd \u00b2 \u2460 \u2167 \u06f4", "\ufb01ne \ufb02ow", "\uff21\uff22\uff43",
    "\U0001D400\U0001D41A bold", "pneumonoultramicroscopicsilicovolcanoconiosis", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "very " * 100, "!" * 100, "9" * 100, "\u0301leading mark", "a\u0327\u0301b\u0301\u0327", "e\u0301\u200b\u0301", "http://example.com/?q=a%20b#c",
    "C:\\temp\\x.png", "50% off @ $9.99 + tax = ~10", "\u201cquotes\u201d \u2014 dash\u2026", "\ufffd replacement", "\u212a\u017f long s 'S '\u017f",
    "x" * 75, "a b " * 37 + "c", "a b " * 38,
]


def trimmed(ids, pad):
    end = len(ids)
    while end > 0 and ids[end - 1] == pad:
        end -= 1
    return ids[:end]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clip", type=pathlib.Path, required=True)
    parser.add_argument("--emoji", type=pathlib.Path, required=True)
    args = parser.parse_args()
    clip = dict(vocab_file=str(args.clip / "vocab.json"), merges_file=str(args.clip / "merges.txt"))
    pairs = {
        "clip/tokenizer": [kind(**clip) for kind in (CLIPTokenizerFast, CLIPTokenizer)],
        "clip/tokenizer_2": [kind(**clip, pad_token="!") for kind in (CLIPTokenizerFast, CLIPTokenizer)],
    }
    for name in ("tokenizer", "tokenizer_2"):
        pairs["emoji/" + name] = [kind.from_pretrained(args.emoji / name) for kind in (CLIPTokenizerFast, CLIPTokenizer)]
    result = {}
    for name, (fast, slow) in pairs.items():
        cases = []
        for text in TEXTS:
            ids, other = (tokenizer(text, padding="max_length", max_length=77, truncation=True)["input_ids"]
                          for tokenizer in (fast, slow))
            assert len(ids) == 77
            cases.append({"text": text, "ids": trimmed(ids, fast.pad_token_id),
                          "same_in_both_reference_tokenizers": ids == other})
        result[name] = cases
    out = pathlib.Path(__file__).parent / "tokenizer" / "more.json"
    lines = []
    for name, cases in result.items():
        rows = ",\n".join("  " + json.dumps(case, separators=(",", ":")) for case in cases)
        lines.append(f" {json.dumps(name)}: [\n{rows}\n ]")
    out.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    for name, cases in result.items():
        differ = [case["text"][:24] for case in cases if not case["same_in_both_reference_tokenizers"]]
        print(name, len(cases), "texts, differing:", differ)


if __name__ == "__main__":
    main()
