import { Command } from 'commander';
import { createApiModel, toCedarSchema } from '@sallyport/core';
import { readSources, renderCedarSchema } from '@sallyport/gateway';
import { toResolvedSources, withSources, type SourceOptions } from '../api-sources.ts';

/** `sallyport cedar-schema`: what policies can ask for, derived from the document. */
export function cedarSchemaCommand(): Command {
  return withSources(new Command('cedar-schema'))
    .description('print what policies can ask for: the Cedar schema that is derived from the document')
    .option('--json', "print it in Cedar's JSON form")
    .addHelpText('after', '\nExample:\n  sallyport cedar-schema openapi.yaml > bank.cedarschema')
    .action(async (openapi: string | undefined, options: SourceOptions & { readonly json?: boolean }) => {
      const { document, policy } = readSources(await toResolvedSources(openapi, options));
      const settings = policy.policies ?? null;
      const schema = toCedarSchema(
        createApiModel(document, {
          claims: settings?.claims ?? new Map(),
          country: (settings?.countryHeader ?? null) !== null,
        }),
      );
      console.log(options.json === true ? JSON.stringify(schema, null, 2) : renderCedarSchema(schema));
    });
}
