import { lineOf, linkNameOf, namesIn } from "./files.ts";

/** A GPU in the kernel's DRM list with a render node, which means that it can compute. */
export interface Card {
  /** `/sys/class/drm/card1/device` */
  folder: string;
  driver: string;
  pciAddress: string | null;
  /** `renderD128` */
  renderNode: string;
  deviceFiles: string[];
  /** `0x1002` */
  vendorId: string | null;
}

export function listCards(sys = "/sys"): Card[] {
  const cards: Card[] = [];
  const names = namesIn(`${sys}/class/drm`).filter((name) => /^card\d+$/.test(name));
  for (const name of names.toSorted(byNumber)) {
    const folder = `${sys}/class/drm/${name}/device`;
    const renderNode = namesIn(`${folder}/drm`).find((node) => /^renderD\d+$/.test(node));
    const driver = linkNameOf(`${folder}/driver`);
    if (renderNode === undefined || driver === null) continue;
    const place = linkNameOf(`${sys}/class/drm/${name}/device`);
    cards.push({
      folder,
      driver,
      pciAddress: place !== null && /^[0-9a-f]{4}:/.test(place) ? place : null,
      renderNode,
      deviceFiles: [`/dev/dri/${name}`, `/dev/dri/${renderNode}`],
      vendorId: lineOf(`${folder}/vendor`),
    });
  }
  return cards;
}

function byNumber(a: string, b: string): number {
  return Number(a.slice(4)) - Number(b.slice(4));
}
