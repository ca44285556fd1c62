import { eastAsianWidth } from "get-east-asian-width";

/** Text in which every character takes one column, as in most text. */
const plain = /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u2026\u2580-\u259f]*$/;

/** Columns that the text takes on a terminal. */
export function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const cluster of clusters(text)) width += clusterWidth(cluster);
  return width;
}

/** The grapheme clusters. */
export function clusters(text: string): string[] {
  if (plain.test(text)) return text.split("");
  return Array.from(knowledge().segmenter.segment(text), ({ segment }) => segment);
}

function clusterWidth(cluster: string): number {
  const { visible, emoji, hangul } = knowledge();
  if (!visible.test(cluster)) return 0;
  if (emoji.test(cluster)) return 2;
  // A syllable block is as wide as its first part.
  if (hangul.test(cluster)) return eastAsianWidth(cluster.codePointAt(0) ?? 0);
  let width = 0;
  for (const character of cluster) {
    if (character === "\u200d") break;
    if (visible.test(character)) width += eastAsianWidth(character.codePointAt(0) ?? 0);
  }
  return width;
}

interface Knowledge {
  segmenter: Intl.Segmenter;
  visible: RegExp;
  emoji: RegExp;
  hangul: RegExp;
}

let known: Knowledge | null = null;

/** Created on first use: this takes 25 ms, longer than everything else that a command does. */
function knowledge(): Knowledge {
  known ??= {
    segmenter: new Intl.Segmenter(),
    visible: new RegExp(
      String.raw`[^\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Enclosing_Mark}\p{Nonspacing_Mark}]`,
      "v",
    ),
    emoji: new RegExp(
      String.raw`^(?:\p{RGI_Emoji}|\p{Regional_Indicator}{1,2}|[\d#*]\u{FE0F}|\p{Extended_Pictographic}.*\u{200D}\p{Extended_Pictographic})`,
      "v",
    ),
    hangul: /^[\u1100-\u11ff\ua960-\ua97c\uac00-\ud7fb]/,
  };
  return known;
}
