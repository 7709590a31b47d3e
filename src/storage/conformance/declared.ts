import type { StoreAbilities, StoreDriver } from '../store-driver.ts';

/** What a driver declares about itself, which decides the cases that it is held to. */
export type DeclaredDriver = Pick<StoreDriver<never>, 'sharedBy' | 'abilities'>;

/** For a case that holds a driver to abilities: where one is not declared, it is skipped and says which. */
export function needs(
  { abilities }: DeclaredDriver,
  ...wanted: readonly (keyof StoreAbilities)[]
): { readonly skip: string | false } {
  const absent = wanted.filter((ability) => !abilities[ability]);
  return { skip: absent.length > 0 && `the driver does not declare ${absent.join(' and ')}` };
}

/** For a case with two stores open on one backend. */
export function needsSharing({ sharedBy }: DeclaredDriver): { readonly skip: string | false } {
  return { skip: sharedBy === 'process' && "the driver declares sharedBy 'process'" };
}
