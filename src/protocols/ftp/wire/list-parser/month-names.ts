import { encodeName } from '#core/name-encoding.ts';
import { tokenize } from './tokens.ts';

/**
 * Abbreviated months as `ls` of the C libraries and other listing programs write them, by language; variants of one
 * month are parted by `|`. English comes first: where languages disagree and the listing does not say which it
 * speaks, the earlier row holds.
 */
const languages: readonly (readonly [language: string, months: string])[] = [
  ['en', 'jan feb mar|march apr|april may jun|june jul|july aug sep|sept oct nov dec'],
  ['de', 'jan|jän feb mär|märz|mrz apr mai jun|juni jul|juli aug sep|sept okt nov dez'],
  [
    'fr',
    'jan|janv fév|févr|feb mar|mars|mrs avr|avril mai|may jun|juin jul|juil|jui aoû|août sep|sept oct nov déc',
  ],
  ['es', 'ene feb mar|mzo abr may jun jul ago|agto sep|sept|set oct nov dic'],
  ['it', 'gen feb mar apr mag giu lug ago set ott nov dic'],
  ['pt', 'jan fev mar abr mai jun jul ago set out nov dez'],
  ['nl', 'jan feb mrt|maa apr mei jun jul aug sep okt nov dec'],
  ['pl', 'sty lut mar kwi maj cze lip sie wrz paź lis gru'],
  ['ru', 'янв|янва фев|февр мар|март апр|апре май|мая июн|июня июл|июля авг сен|сент окт ноя|нояб дек'],
  ['uk', 'січ лют бер|берез кві|квіт тра|трав чер|черв лип сер|серп вер|верес жов|жовт лис|листоп гру|груд'],
  ['bg', 'яну фев мар апр май юни юли авг сеп окт ное дек'],
  ['sr', 'јан феб мар апр мај јун јул авг сеп окт нов дец'],
  ['cs', 'led úno bře dub kvě čen|čer čec srp zář říj lis pro'],
  ['sk', 'jan feb mar apr máj jún júl aug sep okt nov dec'],
  ['sl', 'jan feb mar apr maj jun jul avg sep okt nov dec'],
  ['hr', 'sij|sje vel|velj ožu tra svi|svib lip srp kol ruj lis stu pro'],
  ['hu', 'jan feb|febr már|márc ápr máj jún júl aug sze|szept okt nov dec'],
  ['ro', 'ian feb mar apr mai iun iul aug sep|sept oct nov|noi dec'],
  ['sv', 'jan feb mar|mars apr maj jun|juni jul|juli aug sep okt nov dec'],
  ['nb', 'jan feb mar apr mai jun jul aug sep okt nov des'],
  ['is', 'jan feb mar apr maí jún júl ágú sep okt nóv des'],
  [
    'fi',
    'tammi|tam helmi|hel maalis|maa huhti|huh touko|tou kesä|kes heinä|hei elo syys|syy loka|lok marras|mar joulu|jou',
  ],
  ['et', 'jaan veebr|veeb märts apr|aprill mai juuni|juun juuli|juul aug sept okt nov dets'],
  ['lv', 'jan|janv feb|febr mar|marts apr mai|maijs jūn|jūnijs jūl|jūlijs aug sep|sept okt nov dec'],
  ['lt', 'sau vas kov bal geg bir lie rgp|rugp rgs|rugs spa|spal lap|lapkr grd|gruod'],
  ['ca', 'gen feb mar|març abr mai|maig jun|juny jul ago|ag set oct nov des'],
  ['tr', 'oca şub mar nis may haz tem ağu eyl eki kas ara'],
  ['el', 'ιαν φεβ μαρ|μάρ απρ μαϊ|μάι|μαΐ ιουν|ιούν ιουλ|ιούλ αυγ|αύγ σεπ οκτ νοε|νοέ δεκ'],
  ['id', 'jan feb mar apr mei jun jul agu|agt|ags sep okt nov des'],
];

/** The code pages in which servers have been seen to write months, in the order in which they are tried. */
const codePages: readonly string[] = [
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'koi8-r',
  'koi8-u',
  'ibm866',
  'iso-8859-5',
  'windows-1253',
  'windows-1254',
  'windows-1257',
  'macintosh',
  'x-mac-cyrillic',
];

/** A word without accents and capitals, without the full stop or comma that may follow an abbreviation. */
function plainWord(word: string): string {
  const bare = word.replace(/[.,]+$/, '');
  const lower = bare.toLowerCase();
  return isAscii(lower) ? lower : lower.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('ı', 'i');
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- the range is the whole of ASCII
  return /^[\u0000-\u007f]*$/.test(text);
}

/** The months of each language by plain word, in the order of {@link languages}. */
const vocabularies: readonly ReadonlyMap<string, number>[] = languages.map(
  ([, months]) =>
    new Map(
      months
        .split(' ')
        .flatMap((variants, index) =>
          variants.split('|').map((word) => [plainWord(word), index + 1] as const),
        ),
    ),
);

/** The months by plain word where the earliest language holds, and the words about which languages disagree. */
const { merged, disputed } = mergeVocabularies();

function mergeVocabularies(): { merged: ReadonlyMap<string, number>; disputed: ReadonlySet<string> } {
  const words = new Map<string, number>();
  const differing = new Set<string>();
  for (const vocabulary of vocabularies) {
    for (const [word, month] of vocabulary) {
      const known = words.get(word);
      if (known === undefined) words.set(word, month);
      else if (known !== month) differing.add(word);
    }
  }
  return { merged: words, disputed: differing };
}

/** Months whose accented letters came in a code page that nothing here can read: any octet in their place does. */
const blurred: ReadonlyMap<string, number | null> = blurVocabularies();

function blurVocabularies(): ReadonlyMap<string, number | null> {
  const words = new Map<string, number | null>();
  for (const [, months] of languages) {
    for (const [index, variants] of months.split(' ').entries()) {
      for (const word of variants.split('|')) {
        const shape = blur(word);
        if (isAscii(word) || shape.replaceAll('?', '').length < 2) continue;
        const known = words.get(shape);
        words.set(shape, known === undefined || known === index + 1 ? index + 1 : null);
      }
    }
  }
  return words;
}

function blur(word: string): string {
  return word
    .toLowerCase()
    .replace(/[.,]+$/, '')
    .replaceAll(/[\u0080-\uffff]/g, '?');
}

const decoders = new Map<string, TextDecoder>();

/**
 * The readings of a word beyond ASCII in every code page. What came as UTF-8 is tried too: three letters of another
 * code page can happen to be one character of it.
 */
function* decodings(word: string): Generator<string> {
  const octets = /^[\u0020-\u00ff]+$/.test(word) ? Buffer.from(word, 'latin1') : encodeName(word);
  for (const label of codePages) {
    let decoder = decoders.get(label);
    if (decoder === undefined) {
      decoder = new TextDecoder(label);
      decoders.set(label, decoder);
    }
    yield decoder.decode(octets);
  }
}

const numberedMonth = /^(\d{1,2})[^\u0020-\u007f]{1,3}$/;
/** Longer than any month, shorter than what would be worth decoding twelve times. */
const longestWord = 16;

/** Knows the months of one listing, whose language is found from its first lines when a word makes it matter. */
export class MonthNames {
  readonly #sample: readonly string[];
  #spoken: ReadonlyMap<string, number> | null = null;

  constructor(sample: readonly string[]) {
    this.#sample = sample;
  }

  /**
   * The month, 1 to 12, that a word names in any of the languages, in Unicode or in one of the code pages; also a
   * number with a sign of East Asia behind it (`4月`, `4월`). Null when it names none.
   */
  find(word: string): number | null {
    if (word.length > longestWord) return null;
    const known = this.#findWord(plainWord(word));
    if (known !== null) return known;
    if (isAscii(word)) return null;
    const numbered = numberedMonth.exec(word);
    if (numbered !== null) {
      const month = Number(numbered[1]);
      return month >= 1 && month <= 12 ? month : null;
    }
    for (const decoding of decodings(word)) {
      const month = this.#findWord(plainWord(decoding));
      if (month !== null) return month;
    }
    return blurred.get(blur(word)) ?? null;
  }

  #findWord(word: string): number | null {
    if (disputed.has(word)) {
      this.#spoken ??= findLanguage(this.#sample);
      const month = this.#spoken.get(word);
      if (month !== undefined) return month;
    }
    return merged.get(word) ?? null;
  }
}

/** The vocabulary of the language whose months stand in the most lines; the earliest of equals. */
function findLanguage(sample: readonly string[]): ReadonlyMap<string, number> {
  const scores = vocabularies.map(() => 0);
  for (const line of sample) {
    const words = new Set<string>();
    for (const { text } of tokenize(line, 0, 12)) {
      if (text.length > longestWord) continue;
      words.add(plainWord(text));
      if (!isAscii(text)) for (const decoding of decodings(text)) words.add(plainWord(decoding));
    }
    for (const [index, vocabulary] of vocabularies.entries()) {
      for (const word of words) {
        if (!vocabulary.has(word)) continue;
        scores[index] = (scores[index] ?? 0) + 1;
        break;
      }
    }
  }
  const best = scores.indexOf(Math.max(...scores));
  return vocabularies[best] ?? merged;
}
