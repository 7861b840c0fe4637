// The tokenizer of BERT's uncased models: words, then the longest pieces the vocabulary has.

const LONGEST_WORD = 100;

/**
 * @param {string} vocabulary  of a vocab.txt: a token a line
 * @returns {(text: string, longest: number) => number[]}  ids, with [CLS] and [SEP] around them
 */
export function wordpiece(vocabulary) {
  const ids = new Map(vocabulary.split(/\r?\n/).map((token, id) => [token, id]));
  const unknown = ids.get('[UNK]');
  const pieces = (word) => {
    if (word.length > LONGEST_WORD) return [unknown];
    const found = [];
    for (let start = 0; start < word.length;) {
      let end = word.length;
      let id;
      for (; end > start; end--) {
        id = ids.get((start > 0 ? '##' : '') + word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return [unknown];
      found.push(id);
      start = end;
    }
    return found;
  };
  return (text, longest) => [
    ids.get('[CLS]'),
    ...words(text).flatMap(pieces).slice(0, longest - 2),
    ids.get('[SEP]'),
  ];
}

function words(text) {
  return (
    text
      .replace(/[\0\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}]/gu, '')
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
      .toLowerCase()
      // each of these is a word of its own: punctuation, also ASCII's symbols, and Chinese characters
      .match(/[\p{P}!-/:-@[-`{-~]|[\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\u{20000}-\u{2FA1F}]|[^\s\p{P}!-/:-@[-`{-~\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\u{20000}-\u{2FA1F}]+/gu) ?? []
  );
}
