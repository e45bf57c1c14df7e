import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * What an RFC asks for in capitals, found mechanically: each occurrence of a keyword of RFC 2119 that binds is a duty.
 * MAY and OPTIONAL bind nobody; SHALL and REQUIRED are MUST, and RECOMMENDED is SHOULD, so they count.
 */

export interface Duty {
  /** "9260-6.2-07": the RFC, the section, and the how-manieth keyword of it. */
  readonly id: string;
  readonly section: string;
  readonly keyword: string;
  readonly sentence: string;
}

/** The RFCs whose duties are listed one by one, and the page that lists them. */
export const COVERAGE_PAGES: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ["docs/rfc-coverage.md", [9260, 6951]],
  ...[3758, 4820, 4895, 5061, 6525, 7053, 7496, 8260, 8899, 9653].map((rfc): [string, number[]] => [
    `docs/rfc-coverage/rfc${rfc}.md`,
    [rfc],
  ]),
]);

export const COVERED_RFCS: readonly number[] = [...COVERAGE_PAGES.values()].flat();

const folder = fileURLToPath(new URL("../../../shared/rfc/", import.meta.url));
const KEYWORD = /\b(?:MUST(?: NOT)?|SHALL(?: NOT)?|SHOULD(?: NOT)?|REQUIRED|(?:NOT )?RECOMMENDED)\b/g;
/** Introduction and conventions: there the keywords are explained, not used. Most RFCs have the conventions in §2. */
const EXPLAINING = new Set(["1", "2"]);
/** Of these, §2 asks for something. */
const SECOND_BINDS = new Set([8260]);
const HEADING = /^(?:Appendix )?([0-9A-Z]+(?:\.[0-9]+)*)\.\s+\S/;

export function rfcFile(rfc: number): string {
  return `${folder}rfc${rfc}.txt`;
}

/** The texts are no part of the repository: they stand beside it, or nowhere. */
export function rfcsAreHere(): boolean {
  return COVERED_RFCS.every((rfc) => existsSync(rfcFile(rfc)));
}

export function dutiesOf(rfc: number): Duty[] {
  return dutiesIn(rfc, readFileSync(rfcFile(rfc), "utf8"));
}

export function dutiesIn(rfc: number, text: string): Duty[] {
  const counts = new Map<string, number>();
  const paragraphs = paragraphsOf(text).filter(({ section }) => !explains(rfc, section));
  return paragraphs.flatMap(({ section, paragraph }) =>
    sentencesOf(paragraph).flatMap((sentence) =>
      [...sentence.matchAll(KEYWORD)].map(([keyword]): Duty => {
        const ordinal = (counts.get(section) ?? 0) + 1;
        counts.set(section, ordinal);
        return { id: `${rfc}-${section}-${String(ordinal).padStart(2, "0")}`, section, keyword, sentence };
      }),
    ),
  );
}

interface Paragraph {
  readonly section: string;
  readonly paragraph: string;
}

function explains(rfc: number, section: string): boolean {
  const [chapter = ""] = section.split(".");
  return EXPLAINING.has(chapter) && !(chapter === "2" && SECOND_BINDS.has(rfc));
}

/** The paragraphs of the body: without title page and table of contents. */
function paragraphsOf(text: string): Paragraph[] {
  const found: Paragraph[] = [];
  let section = "";
  for (const block of withoutPages(text).split(/\n\s*\n/)) {
    const lines = block.split("\n").filter((line) => line.trim() !== "");
    const heading = HEADING.exec(lines[0] ?? "");
    if (heading !== null) section = heading[1] ?? "";
    // Entries of the table of contents are indented; what comes before the first heading is the title page.
    if (section === "") continue;
    const body = heading === null ? lines : lines.slice(1);
    if (body.length > 0) found.push({ section, paragraph: body.map((line) => line.trim()).join(" ") });
  }
  return found;
}

/** Takes out what a page begins and ends with, and closes the gap where a sentence runs over it. */
function withoutPages(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(/\n+[^\n]*\[Page \d+\]\n\f?\n?(?:RFC \d+[^\n]*\n)?\n*/g, (_, offset: number) =>
      /[.:]\s*$/.test(text.slice(0, offset)) ? "\n\n" : "\n",
    );
}

/** A sentence ends with a full stop before a capital; "e.g." and "i.e." do not stand before one. */
function sentencesOf(paragraph: string): string[] {
  return paragraph.split(/(?<=[.!?]["')\]]*)\s+(?=[A-Z"(['])/);
}
